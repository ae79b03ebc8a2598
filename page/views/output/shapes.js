/** Outlines of the marks of classes, in a square of 10. */
export const PATHS = {
  circle: "M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0",
  square: "M-4,-4h8v8h-8z",
  triangle: "M0,-5L5,4H-5z",
  diamond: "M0,-5.5L5,0L0,5.5L-5,0z",
  plus: "M-1.5,-5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z",
  cross: "M-5,-3.5l1.5,-1.5l3.5,3.5l3.5,-3.5l1.5,1.5l-3.5,3.5l3.5,3.5l-1.5,1.5l-3.5,-3.5l-3.5,3.5l-1.5,-1.5l3.5,-3.5z",
};
