// An import that is killed before any of its commands leaves the old database or the new one.
// @module-tag long
import { importFaults } from "./suite.js";

importFaults("test-impk", ["is killed before"]);
