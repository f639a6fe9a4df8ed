import { mount } from "svelte";
import App from "./App.svelte";
import { pickHost } from "./lib/host";
import "./lib/tokens/index.css";

const root = document.getElementById("app");
if (!root) throw new Error("index.html has no #app");
mount(App, { target: root, props: { host: await pickHost() } });
