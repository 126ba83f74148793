// GET a URL with npm's hawk, and check the response: node hawk_get.mjs URL
import Hawk from 'hawk';

const { href } = new URL(process.argv[2]); // as fetch sends it
const credentials = { id: process.env.HAWK_ID, key: process.env.HAWK_KEY, algorithm: 'sha256' };
const { header, artifacts } = Hawk.client.header(href, 'GET', { credentials });
const response = await fetch(href, { headers: { Authorization: header } });
const payload = await response.text();
process.stdout.on('error', () => process.exit()); // end quietly when `head` has read enough
if (response.status === 200) {
    const answer = { headers: Object.fromEntries(response.headers) };
    Hawk.client.authenticate(answer, credentials, artifacts, { payload, required: true });
    console.log(payload);
} else {
    console.error(`${response.status} ${payload} (request ${response.headers.get('x-request-id')})`);
    process.exitCode = 1;
}
