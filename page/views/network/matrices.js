export const Matrices = () => null;
