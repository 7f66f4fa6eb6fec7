// The other rows of the difficult app in the clear.
import { difficultApp } from "./difficult/suite.js";

await difficultApp("test-difficult-2", "off", 0, { part: 2, of: 2 });
