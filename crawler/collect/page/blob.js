// Reads what lies at a blob: address, as base64; null where it is larger than asked for. Runs in an isolated world.
async (address, maxBytes, limitMs) => {
  const answer = await fetch(address, { signal: AbortSignal.timeout(limitMs) });
  const blob = await answer.blob();
  if (blob.size > maxBytes) return null;
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
