// A HAWK client on npm's `hawk`: reads one command as JSON from stdin, writes its outcome as JSON to stdout.
//   {"command": "request", "id", "key", "url", "method", "headers", "payload", "options"}
//       → {"status", "headers", "body", "signed", "notices_changes"}
//   {"command": "rows", "id", "key", "url"}   → {"rows", "pages"}, following `next` with every answer verified
//   {"command": "mac" | "payload hash", …}    → {"value"}, for the published vectors
// It fails where an answer's signature is there and does not verify.
import http from 'node:http';
import { text } from 'node:stream/consumers';

import Hawk from 'hawk';

const commands = {
    request,
    rows,
    mac: ({ credentials, artifacts }) => ({ value: Hawk.crypto.calculateMac('header', credentials, artifacts) }),
    'payload hash': ({ payload, contentType }) => ({
        value: Hawk.crypto.calculatePayloadHash(payload, 'sha256', contentType),
    }),
};

async function request({ id, key, url, method = 'GET', headers = {}, payload, options = {} }) {
    const credentials = { id, key, algorithm: 'sha256' };
    const contentType = headers['Content-Type'];
    const { header, artifacts } = Hawk.client.header(url, method, { credentials, payload, contentType, ...options });
    const answer = await send(url, method, { ...headers, Authorization: header }, payload);
    const signed = 'server-authorization' in answer.headers;
    let noticesChanges;
    if (signed) {
        const verify = (body) =>
            Hawk.client.authenticate(answer, credentials, artifacts, { payload: body, required: true });
        verify(answer.body);
        noticesChanges = throws(() => verify(`${answer.body} `));
    }
    const { statusCode: status, body } = answer;
    return { status, headers: answer.headers, body, signed, authorization: header, notices_changes: noticesChanges };
}

async function rows({ id, key, url }) {
    const found = [];
    let pages = 0;
    for (let next = url; next; pages += 1) {
        const answer = await request({ id, key, url: next, payload: '', headers: { 'Content-Type': '' } });
        if (answer.status !== 200 || !answer.signed) {
            throw new Error(`${next} was answered with ${answer.status}, signed: ${answer.signed}: ${answer.body}`);
        }
        const page = JSON.parse(answer.body);
        found.push(...page.results);
        next = page.next;
    }
    return { rows: found, pages };
}

// Not `fetch`, which tidies URLs up and sends no GET with a body.
function send(url, method, headers, payload) {
    const [, hostname, port, path] = /^http:\/\/([^/:]+):(\d+)(\/.*)$/.exec(url);
    if (payload) {
        headers['Content-Length'] = Buffer.byteLength(payload); // Node gives a GET's body no length
    }
    return new Promise((resolve, reject) => {
        const sent = http.request({ hostname, port, path, method, headers }, async (answer) => {
            answer.body = await text(answer);
            resolve(answer);
        });
        sent.on('error', reject);
        sent.end(payload);
    });
}

function throws(action) {
    try {
        action();
    } catch {
        return true;
    }
    return false;
}

const { command, ...rest } = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(await commands[command](rest)));
