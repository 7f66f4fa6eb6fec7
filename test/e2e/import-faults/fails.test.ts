// An import of which any command fails leaves the old database or the new one.
// @module-tag long
import { importFaults } from "./suite.js";

importFaults("test-impf", ["fails"]);
