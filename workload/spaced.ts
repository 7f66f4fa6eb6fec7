import * as pulumi from "@pulumi/pulumi";

/** Names as one shell variable. */
export function spaced(names: pulumi.Input<pulumi.Input<string>[]>): pulumi.Output<string> {
  return pulumi.output(names).apply((known) => known.join(" "));
}
