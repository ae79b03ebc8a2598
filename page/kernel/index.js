/** The kernel: networks, their passes and their training, in float64. Pure functions; no document, no network. */
export { LIMITS } from "./engine.js";
export { KernelError } from "./errors.js";
export { ACTIVATIONS, DEFAULTS, INITIALIZERS, LOSSES, NORMALIZATIONS, OPTIMIZERS, SCHEDULES } from "./generated.js";
export { generatorOf, initialParameters } from "./initializers.js";
export { scatter } from "./layers.js";
export { defaultOutput, isTooMuch, makeNet, placeOf } from "./net.js";
export { lossesOf, lossGradient, lossOf, optionsOf, pairLoss, penaltyOf, within } from "./objective.js";
export { backward, forward, makeWork, startState } from "./passes.js";
export { Generator } from "./rng.js";
export { Run } from "./run.js";
export { scheduleOf } from "./schedules.js";
