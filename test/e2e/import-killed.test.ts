// An import that is killed at any of its commands leaves the old database or the new one.
// @module-tag long
import { importFaults } from "./import-faults/suite.js";

importFaults("test-impk", ["is killed before", "is killed after"]);
