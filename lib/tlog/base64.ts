/** Standard base64 (RFC 4648, section 4), read strictly: one text for each sequence of bytes, so that a changed character always shows. */

/** Undefined: it is not the base64 of anything. */
export function parseBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** With padding, as RFC 4648 has it. */
export function formatBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
