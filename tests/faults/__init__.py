"""What happens when processes die, disks fill up and files break."""
