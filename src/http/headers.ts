/*
 * Headers of every answer. The page runs its own script and style, asks its own address, and is in no frame; nothing inline
 * runs, so that a text that found its way into the markup would do nothing.
 */

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // No policy may be made: nothing turns a text into markup or a script.
  "trusted-types 'none'",
];

/** Features that a page could ask a user for, and ours does not. */
const unused = ["camera", "geolocation", "microphone", "payment", "usb", "serial", "midi", "hid"];

export const securityHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": policy.join("; "),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": unused.map((name) => `${name}=()`).join(", "),
};
