// Runs in every frame before the page's own scripts: marks the address of a shared worker by its fragment, so that
// workers.py can close the sockets of the worker when its script comes. A script that never passes the network
// could not be marked, and is refused as a policy of the page would. workers.py puts in the mark.
(() => {
  const Own = globalThis.SharedWorker;
  if (!Own) return;
  const [Address, Refused] = [URL, DOMException];
  const construct = Reflect.construct;
  const handler = {
    construct(target, [address, ...rest]) {
      const url = new Address(String(address), document.baseURI);
      if (!/^https?:$/.test(url.protocol)) {
        throw new Refused("Failed to construct 'SharedWorker': Access to the script is denied.", "SecurityError");
      }
      url.hash = `${url.hash}${MARK}`;
      return construct(target, [url.href, ...rest]);
    },
  };
  const marked = new Proxy(Own, handler);
  Object.defineProperty(Own.prototype, "constructor", { value: marked, writable: true, configurable: true });
  Object.defineProperty(globalThis, "SharedWorker", { value: marked, writable: true, configurable: true });
})();
