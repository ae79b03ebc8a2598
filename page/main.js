/** The page. */
import "./start.js";
