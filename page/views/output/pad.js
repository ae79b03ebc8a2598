export const Pad = () => null;
