// Owns the names of the two ways in which keys are agreed.

const NAMES = { hybrid: 'Hybrid: X25519 with ML-KEM-768', qkd: 'QKD + AES (simulated)' };

export const modeName = (mode) => NAMES[mode] ?? mode;
