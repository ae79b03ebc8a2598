/** An error whose message is for the reader: what is accepted, what came, what to do. */
export class KernelError extends Error {
  /** @param {string} message @param {string} [parameter] the part of the setup that it is about */
  constructor(message, parameter) {
    super(message);
    this.name = "KernelError";
    this.parameter = parameter ?? null;
  }
}
