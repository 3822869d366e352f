/** The eight characters a person can say at a door: the twin of `forum/badges/codes.py`. */

const ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const BASE = ALPHABET.length; // 31, a prime
export const NUMBERS = BASE ** 7;
const FILLER = /[\s\-–·.]+/g;

/** The code of a badge number, without a space. */
export function codeOf(number: number): string {
  const digits: number[] = [];
  for (let place = 0; place < 7; place++) {
    digits.unshift(number % BASE);
    number = Math.floor(number / BASE);
  }
  return [...digits, check(digits)].map((digit) => ALPHABET[digit]).join("");
}

/** The badge number of a typed code, or null when it is not one. */
export function numberOf(typed: string): number | null {
  const code = typed.replace(FILLER, "");
  if (code.length !== 8) return null;
  const digits = [...code].map((character) => (/[a-z]/.test(character) ? ALPHABET.indexOf(character.toUpperCase()) : ALPHABET.indexOf(character)));
  const last = digits.pop()!;
  if (digits.includes(-1) || last === -1 || check(digits) !== last) return null;
  return digits.reduce((number, digit) => number * BASE + digit, 0);
}

/** A code as people read it: K7QF 2M9D. */
export function spaced(code: string): string {
  return `${code.slice(0, 4)} ${code.slice(4)}`;
}

function check(digits: readonly number[]): number {
  const sum = digits.reduce((total, digit, place) => total + (place + 2) * digit, 0);
  return (BASE - (sum % BASE)) % BASE;
}
