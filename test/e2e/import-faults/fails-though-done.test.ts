// An import of which any command is done, and said to have failed, leaves the old database or the new one.
// @module-tag long
import { importFaults } from "./suite.js";

importFaults("test-impd", ["fails though done"]);
