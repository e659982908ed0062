// Runs in a worker before its own script: holds what goes out over its WebSockets until the guard has decided.
// guard_workers.py puts in the name of the binding.
(() => {
  const binding = globalThis[REPORT];
  const send = WebSocket.prototype.send;
  const held = new Map();
  let last = 0;

  /** What a message says, as base64; null where it is not in memory (a Blob). */
  function said(data) {
    let bytes = null;
    if (typeof data === "string") bytes = new TextEncoder().encode(data);
    else if (data instanceof ArrayBuffer) bytes = new Uint8Array(data);
    else if (ArrayBuffer.isView(data)) bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (!bytes || bytes.length > 1e6) return null;
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  }

  WebSocket.prototype.send = function (data) {
    const number = ++last;
    const kept = typeof data === "object" && ArrayBuffer.isView(data) ? data.slice() : data;
    held.set(number, [this, kept]);
    binding(JSON.stringify({ what: "message", number, url: this.url, body: said(kept) }));
  };
  delete globalThis.WebSocketStream;
  Object.defineProperty(globalThis, RELEASE, {
    value: (number, leaves) => {
      const [socket, data] = held.get(number) ?? [];
      held.delete(number);
      if (leaves && socket) Reflect.apply(send, socket, [data]);
    },
  });
})();
