import * as docker from "@pulumi/docker";

// What people do today: a container with a name that the proxy knows, replaced when something of it changes.
const { CONTAINER, IMAGE, NETWORK, VERSION, DATABASE_URL } = process.env;

new docker.Container("app", {
  name: CONTAINER,
  image: IMAGE,
  envs: [`APP_VERSION=${VERSION}`, `DATABASE_URL=${DATABASE_URL}`],
  networksAdvanced: [{ name: NETWORK }],
  restart: "unless-stopped",
});
