// Owns the bytes of what this browser keeps: plain values, byte strings and maps, in one small binary
// form. Only this device reads them, under its own key, so the form may change with the schema (db.js).
// It must not know what the values mean.

const TAG = Object.freeze({ NULL: 0, FALSE: 1, TRUE: 2, NUMBER: 3, TEXT: 4, BYTES: 5, LIST: 6 });
const OBJECT = 7;
const MAP = 8;
const START_SIZE = 4096;

class Output {
  #bytes = new Uint8Array(START_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Where the next `size` bytes go. Call it before touching the bytes: it may move them. */
  #room(size) {
    if (this.#length + size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + size));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length += size;
    return this.#length - size;
  }

  u8(value) {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  u32(value) {
    const at = this.#room(4);
    this.#view.setUint32(at, value);
  }

  f64(value) {
    const at = this.#room(8);
    this.#view.setFloat64(at, value);
  }

  bytes(value) {
    this.u32(value.length);
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
  }

  done() {
    return this.#bytes.slice(0, this.#length);
  }
}

const text = new TextEncoder();

function writeEntries(out, tag, entries) {
  out.u8(tag);
  out.u32(entries.length);
  for (const [key, value] of entries) {
    write(out, key);
    write(out, value);
  }
}

function writeObject(out, value) {
  if (value instanceof Uint8Array) {
    out.u8(TAG.BYTES);
    out.bytes(value);
  } else if (Array.isArray(value)) {
    out.u8(TAG.LIST);
    out.u32(value.length);
    for (const item of value) write(out, item);
  } else if (value instanceof Map) {
    writeEntries(out, MAP, [...value]);
  } else {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined);
    writeEntries(out, OBJECT, entries);
  }
}

const WRITERS = {
  boolean: (out, value) => out.u8(value ? TAG.TRUE : TAG.FALSE),
  number(out, value) {
    out.u8(TAG.NUMBER);
    out.f64(value);
  },
  string(out, value) {
    out.u8(TAG.TEXT);
    out.bytes(text.encode(value));
  },
  object: writeObject,
};

function write(out, value) {
  if (value === null) return out.u8(TAG.NULL);
  const writer = WRITERS[typeof value];
  if (!writer) throw new TypeError(`a ${typeof value} cannot be kept`);
  return writer(out, value);
}

class Input {
  #bytes;
  #view;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  #skip(size) {
    this.#at += size;
    return this.#at - size;
  }

  u8() {
    return this.#view.getUint8(this.#skip(1));
  }

  u32() {
    return this.#view.getUint32(this.#skip(4));
  }

  f64() {
    return this.#view.getFloat64(this.#skip(8));
  }

  bytes() {
    const length = this.u32();
    const start = this.#skip(length);
    return this.#bytes.slice(start, start + length);
  }
}

const times = (count, make) => Array.from({ length: count }, make);
const entriesOf = (input) => times(input.u32(), () => [read(input), read(input)]);
const READERS = {
  [TAG.NULL]: () => null,
  [TAG.FALSE]: () => false,
  [TAG.TRUE]: () => true,
  [TAG.NUMBER]: (input) => input.f64(),
  [TAG.TEXT]: (input) => new TextDecoder().decode(input.bytes()),
  [TAG.BYTES]: (input) => input.bytes(),
  [TAG.LIST]: (input) => times(input.u32(), () => read(input)),
  [OBJECT]: (input) => Object.fromEntries(entriesOf(input)),
  [MAP]: (input) => new Map(entriesOf(input)),
};

function read(input) {
  const reader = READERS[input.u8()];
  if (!reader) throw new TypeError('a kept value of an unknown kind');
  return reader(input);
}

/** @returns {Uint8Array} */
export function encode(value) {
  const out = new Output();
  write(out, value);
  return out.done();
}

export const decode = (bytes) => read(new Input(bytes));
