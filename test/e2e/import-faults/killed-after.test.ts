// An import that is killed after any of its commands leaves the old database or the new one.
// @module-tag long
import { importFaults } from "./suite.js";

importFaults("test-impa", ["is killed after"]);
