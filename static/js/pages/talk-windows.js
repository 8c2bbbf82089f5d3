// Owns the windows that lie over the room. Each is loaded when it is first opened, because most visits open none.

export async function openHelp() {
  const help = await import('../ui/help.js');
  return help.openHelp();
}

export async function openPersonFinder(options) {
  const finder = await import('../ui/person-finder.js');
  return finder.openPersonFinder(options);
}

export async function openSwitcher(conversations, onOpen) {
  const switcher = await import('../ui/switcher.js');
  return switcher.openSwitcher(conversations, onOpen);
}

export async function openSafetyDialog(inspection, setVerified) {
  const dialog = await import('../ui/safety-dialog.js');
  return dialog.openSafetyDialog(inspection, setVerified);
}
