/**
 * Hashes a text and a seed to a number in [0, 1), the same on every machine and in every order of the data: FNV-1a over UTF-16
 * units, then the finaliser of MurmurHash3 so that neighbouring texts ("A1", "A2") land far apart. Not cryptographic.
 */
export function hashToUnit(text: string, seed: number): number {
  let hash = mix(0x811c9dc5 ^ seed);
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash) / 2 ** 32;
}

function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
