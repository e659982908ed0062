// Runs in a worker before its own script: holds what goes out over its WebSockets until the guard has decided.
// workers.py puts in the name of the binding and takes the function that lets a message go. What is used
// later is taken now: the worker's own script may put something else in its place.
(() => {
  const binding = globalThis[REPORT];
  delete globalThis[REPORT];
  const { stringify } = JSON;
  const { apply } = Reflect;
  const { fromCharCode } = String;
  const { get, set, delete: drop } = Map.prototype;
  const { isView } = ArrayBuffer;
  const [Bytes, Blobs, Buffer] = [Uint8Array, Blob, ArrayBuffer];
  const encoder = new TextEncoder();
  const encode = encoder.encode;
  const send = WebSocket.prototype.send;
  const address = Object.getOwnPropertyDescriptor(WebSocket.prototype, "url").get;
  const held = new Map();
  let last = 0;

  /** What a message says, as bytes of its own; null where it is not in memory (a Blob). */
  function bytesOf(data) {
    if (data instanceof Blobs) return null;
    if (data instanceof Buffer) return new Bytes(new Bytes(data));
    if (isView(data)) return new Bytes(new Bytes(data.buffer, data.byteOffset, data.byteLength));
    return apply(encode, encoder, [data]);
  }

  /** Bytes as text of one character each; null where they are not known or too many. */
  function latin1(bytes) {
    if (!bytes || bytes.length > 1e6) return null;
    let text = "";
    for (let at = 0; at < bytes.length; at += 1) text += fromCharCode(bytes[at]);
    return text;
  }

  WebSocket.prototype.send = function (data) {
    const number = ++last;
    const isBinary = data instanceof Blobs || data instanceof Buffer || isView(data);
    const plain = isBinary ? data : `${data}`;
    const bytes = bytesOf(plain);
    apply(set, held, [number, [this, isBinary && bytes ? bytes : plain]]);
    binding(stringify({ what: "message", number, url: apply(address, this, []), body: latin1(bytes) }));
  };
  delete globalThis.WebSocketStream;
  return (number, leaves) => {
    const kept = apply(get, held, [number]);
    apply(drop, held, [number]);
    if (leaves && kept) apply(send, kept[0], [kept[1]]);
  };
})();
