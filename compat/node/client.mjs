// Lets the conformance tests call @aws-sdk/client-omics: a line of JSON on standard input is one call, a line on
// standard output its outcome. See compat/lib/conformance/clients.py, which starts it.
import readline from "node:readline";
import * as sdk from "@aws-sdk/client-omics";

const clients = new Map();

function client(r) {
  const name = JSON.stringify([r.endpoint, r.key, r.attempts]);
  if (!clients.has(name)) {
    clients.set(name, new sdk.OmicsClient({
      endpoint: r.endpoint,
      region: r.region,
      disableHostPrefix: true,
      credentials: { accessKeyId: r.key, secretAccessKey: r.secret },
      retryMode: "standard",
      maxAttempts: r.attempts ?? 1, // more than one lets the SDK try again by itself
    }));
  }
  return clients.get(name);
}

// The API's timestamps are Dates to this SDK.
function dated(value, name = "") {
  if (Array.isArray(value)) return value.map((one) => dated(one));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, dated(v, k)]));
  }
  return /^created(After|Before)$/.test(name) ? new Date(value) : value;
}

async function shown(answer) {
  const { $metadata, ...members } = answer;
  if (members.payload) members.payload = await members.payload.transformToString();
  return members; // JSON leaves out what is undefined, and writes Dates as ISO-8601
}

async function call(omics, r) {
  const Command = sdk[`${r.name}Command`];
  if (!Command) throw new Error(`no operation ${r.name}`);
  return { answer: await shown(await omics.send(new Command(dated(r.input)))) };
}

async function pages(omics, r) {
  const paginate = sdk[`paginate${r.name}`];
  if (!paginate) throw new Error(`no paginator of ${r.name}`);
  const list = [];
  for await (const page of paginate({ client: omics, pageSize: r.size || undefined }, dated(r.input))) {
    list.push(await shown(page));
  }
  return { pages: list };
}

async function wait(omics, r) {
  const waitUntil = sdk[`waitUntil${r.name}`];
  if (!waitUntil) throw new Error(`no waiter ${r.name}`);
  try {
    await waitUntil({ client: omics, minDelay: r.delay, maxDelay: r.delay, maxWaitTime: r.seconds }, r.input);
    return { ends: "success" };
  } catch (error) {
    if (error.name === "TimeoutError") return { ends: "timeout" };
    if (/"state":\s*"FAILURE"/.test(error.message)) return { ends: "failure" };
    throw error;
  }
}

function failed(error) {
  if (!(error instanceof sdk.OmicsServiceException)) return { fault: `${error.name}: ${error.message}` };
  const own = typeof sdk[error.name] === "function" && error instanceof sdk[error.name];
  const status = error.$metadata.httpStatusCode;
  return { error: { code: error.name, message: error.message, status, type: own ? error.name : "" } };
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const r = JSON.parse(line);
  let outcome;
  try {
    outcome = await { call, pages, wait }[r.do](client(r), r);
  } catch (error) {
    outcome = failed(error);
  }
  process.stdout.write(JSON.stringify(outcome) + "\n");
}
