/**
 * NumPy's generator: `numpy.random.default_rng(seed)`, that is PCG64 seeded by SeedSequence, with the same bits.
 *
 * Normal numbers are made by its ziggurat, whose table constants.js holds. Where a draw is near the edge of a layer, the
 * edge is computed here and may differ from NumPy's in the last digit: once in 10^13 draws.
 *
 * M. O'Neill (2014), PCG: a family of simple fast space-efficient statistically good algorithms for random number
 * generation (PCG XSL RR 128/64); D. Lemire (2019), Fast random integer generation in an interval;
 * G. Marsaglia and W. W. Tsang (2000), The ziggurat method for generating random variables.
 */
import { ZIGGURAT } from "./constants.js";

const MASK_32 = 0xffffffffn;
const MASK_64 = (1n << 64n) - 1n;
const MASK_128 = (1n << 128n) - 1n;
const MULTIPLIER = (2549297995355413924n << 64n) | 4865540595714422341n;

const TAIL = 3.6541528853610088;
const ONE_OVER_TAIL = 0.27366123732975828;
const widths = Float64Array.from(summed(ZIGGURAT.split(" ").map(BigInt), 9), (width) => Number(width) / 2 ** 107);
const edges = widths.map((width, i) => Math.floor(((i > 1 ? widths[i - 1] : i === 0 ? widths[255] : 0) / width) * 2 ** 52));
const heights = widths.map((width, i) => (i === 0 ? 1 : Math.exp(-0.5 * (width * 2 ** 52) ** 2)));

/** The widths from their ninth differences, the first one last there. @param {bigint[]} row @param {number} times */
function summed(row, times) {
  for (; times > 0; times--) {
    let sum = 0n;
    row = row.map((difference) => (sum += difference));
  }
  return [/** @type {bigint} */ (row.pop()), ...row];
}

/** NumPy's SeedSequence(seed).generate_state(4, uint64). @param {number | bigint} seed a whole number >= 0 */
function seedState(seed) {
  const mul = Math.imul;
  /** @type {number[]} */
  const entropy = [];
  for (let rest = BigInt(seed); entropy.length === 0 || rest > 0n; rest >>= 32n) entropy.push(Number(rest & MASK_32));
  let constant = 0x43b0d7e5 | 0;
  /** @param {number} value */
  const hashed = (value) => {
    value ^= constant;
    constant = mul(constant, 0x931e8875);
    value = mul(value, constant);
    return value ^ (value >>> 16);
  };
  /** @param {number} x @param {number} y */
  const mixed = (x, y) => {
    const value = (mul(0xca01f9dd, x) - mul(0x4973f715, y)) | 0;
    return value ^ (value >>> 16);
  };
  const pool = [0, 1, 2, 3].map((i) => hashed(entropy[i] ?? 0));
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
  }
  for (let from = 4; from < entropy.length; from++) {
    for (let to = 0; to < 4; to++) pool[to] = mixed(pool[to], hashed(entropy[from]));
  }
  let second = 0x8b51f9dd | 0;
  const words = [];
  for (let i = 0; i < 8; i++) {
    let value = pool[i % 4] ^ second;
    second = mul(second, 0x58f38ded);
    value = mul(value, second);
    words.push(BigInt((value ^ (value >>> 16)) >>> 0));
  }
  return [0, 2, 4, 6].map((i) => words[i] | (words[i + 1] << 32n));
}

export class Generator {
  /** @param {number | bigint} seed a whole number >= 0 */
  constructor(seed) {
    const [stateHigh, stateLow, incrementHigh, incrementLow] = seedState(seed);
    this.increment = ((((incrementHigh << 64n) | incrementLow) << 1n) | 1n) & MASK_128;
    this.state = 0n;
    this.advance();
    this.state = (this.state + ((stateHigh << 64n) | stateLow)) & MASK_128;
    this.advance();
    /** The upper half of the last 64 bits, kept for the next 32; -1 where there is none. */
    this.kept = -1;
  }

  advance() {
    this.state = (this.state * MULTIPLIER + this.increment) & MASK_128;
  }

  /** The next 64 bits. */
  bits64() {
    this.advance();
    const rotation = this.state >> 122n;
    const mixed = (this.state >> 64n) ^ (this.state & MASK_64);
    return ((mixed >> rotation) | (mixed << (64n - rotation))) & MASK_64;
  }

  /** The next 32 bits: the lower half of 64, then the upper half. */
  bits32() {
    if (this.kept >= 0) {
      const bits = this.kept;
      this.kept = -1;
      return bits;
    }
    const bits = this.bits64();
    this.kept = Number(bits >> 32n);
    return Number(bits & MASK_32);
  }

  /** A number in [0, 1). */
  double() {
    return Number(this.bits64() >> 11n) / 9007199254740992;
  }

  /** @param {number} low @param {number} high */
  uniform(low, high) {
    return low + (high - low) * this.double();
  }

  /** A number of mean 0 and variance 1. */
  normal() {
    for (;;) {
      const bits = this.bits64();
      const layer = Number(bits & 0xffn);
      const size = Number((bits >> 9n) & 0xfffffffffffffn);
      const x = size * widths[layer] * ((bits >> 8n) & 1n ? -1 : 1);
      if (size < edges[layer]) return x;
      if (layer === 0) {
        for (;;) {
          const beyond = -ONE_OVER_TAIL * Math.log1p(-this.double());
          const y = -Math.log1p(-this.double());
          if (y + y > beyond * beyond) return (bits >> 17n) & 1n ? -(TAIL + beyond) : TAIL + beyond;
        }
      }
      if ((heights[layer - 1] - heights[layer]) * this.double() + heights[layer] < Math.exp(-0.5 * x * x)) return x;
    }
  }

  /** A whole number in 0 .. most, with most < 2³² - 1. @param {number} most */
  upTo(most) {
    if (most === 0) return 0;
    const range = most + 1;
    let product = BigInt(this.bits32()) * BigInt(range);
    let low = Number(product & MASK_32);
    if (low < range) {
      const threshold = (0xffffffff - most) % range;
      while (low < threshold) {
        product = BigInt(this.bits32()) * BigInt(range);
        low = Number(product & MASK_32);
      }
    }
    return Number(product >> 32n);
  }

  /** The same by masked rejection, which NumPy's shuffle uses. @param {number} most */
  underMask(most) {
    if (most === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(most);
    for (;;) {
      const value = (this.bits32() & mask) >>> 0;
      if (value <= most) return value;
    }
  }

  /** The whole numbers 0 .. n - 1, shuffled. @param {number} n */
  permutation(n) {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.underMask(i);
      const moved = order[j];
      order[j] = order[i];
      order[i] = moved;
    }
    return order;
  }

  /** All that a later draw depends on. */
  snapshot() {
    return { state: this.state, kept: this.kept };
  }

  /** @param {{ state: bigint, kept: number }} snapshot */
  restore({ state, kept }) {
    this.state = state;
    this.kept = kept;
  }
}
