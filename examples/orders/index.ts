import { Stack } from "keelson";

export default Stack.fromConfig().outputs;
