"""A certificate authority, pebble, and certbot as its client, in a network of their own.

usage: orders.py DIRECTORY

Each line on standard input is a certificate to ask for, as JSON; each line on standard output says
what came of it. A line without a client only tells the addresses of all names. certbot is the real one, loaded once and forked for every certificate. In the copy
the root directory is that of the machine that nginx serves, so that paths are the real ones.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import traceback
import urllib.request

import josepy
from certbot import errors, main
from certbot._internal.plugins import disco

PEBBLE = "127.0.0.1:14000"
DNS = "127.0.0.1:8053"
DNS_MANAGEMENT = "127.0.0.1:8055"
OWN_ADDRESSES = {4: "198.18.0.7", 6: "3fff:ca::7"}

# Machines may know it by the names of another authority.
OWN_NAMES = ["localhost", "acme-v02.api.letsencrypt.org", "acme-staging-v02.api.letsencrypt.org"]

# No challenge was made: told to reuse none, pebble still reuses one authorization in a hundred.
REUSED = "reused"

# Where certbot keeps everything in a machine.
STATE = "/run/certbot"


def start_authority(directory):
    """Gives the network an authority: pebble, without refusals and delays by chance."""
    for address in OWN_ADDRESSES.values():
        ip("address", "add", address, "dev", "lo")
    key, certificate = directory + "/key.pem", directory + "/certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=" + ",".join("DNS:" + name for name in OWN_NAMES)],
        check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    settings = {
        "listenAddress": PEBBLE,
        "managementListenAddress": "127.0.0.1:15000",
        "certificate": certificate,
        "privateKey": key,
        "httpPort": 80,
        "tlsPort": 443,
        "certificateValidityPeriod": 90 * 24 * 60 * 60,
    }
    with open(directory + "/pebble.json", "w") as file:
        json.dump({"pebble": settings}, file)
    log = open(directory + "/log", "ab")
    quiet = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
    subprocess.Popen(
        ["pebble-challtestsrv", "-http01", "", "-https01", "", "-tlsalpn01", ""]
        + ["-dns01", DNS, "-management", DNS_MANAGEMENT], **quiet,
    )
    by_chance = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"}
    subprocess.Popen(
        ["pebble", "-config", directory + "/pebble.json", "-dnsserver", DNS],
        env={**os.environ, **by_chance}, **quiet,
    )


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, stdin=subprocess.DEVNULL)


def family_of(address):
    return 6 if ":" in address else 4


def record(address):
    """The kind of record that holds an address."""
    return "aaaa" if family_of(address) == 6 else "a"


def tell_dns(what, data):
    request = urllib.request.Request(f"http://{DNS_MANAGEMENT}/{what}", json.dumps(data).encode())
    urllib.request.urlopen(request, timeout=10).close()


def set_addresses(addresses, others):
    """Gives every name of the world these addresses, and the others one of their own."""
    for address in {*addresses, *others.values()}:
        # Requests come from the authority, not from the address that they are for.
        family = family_of(address)
        local = ["local", address, "dev", "lo", "table", "local"]
        ip(f"-{family}", "route", "delete", *local)
        ip(f"-{family}", "route", "add", *local, "src", OWN_ADDRESSES[family])
    for family in OWN_ADDRESSES:
        address = [address for address in addresses if family_of(address) == family]
        tell_dns(f"set-default-ipv{family}", {"ip": address[0] if address else ""})
    for host, address in others.items():
        tell_dns("add-" + record(address), {"host": host + ".", "addresses": [address]})


def forget_addresses(others):
    for host, address in others.items():
        tell_dns("clear-" + record(address), {"host": host + "."})


def certbot(state, *arguments):
    """Runs certbot, which keeps everything in the directory `state`."""
    main.main(
        [*arguments, "--non-interactive", "--agree-tos", "--register-unsafely-without-email"]
        + ["--server", f"https://{PEBBLE}/dir", "--no-verify-ssl", "--max-log-backups", "0"]
        + ["--config-dir", state, "--work-dir", state, "--logs-dir", state]
    )


def in_child(work):
    """What `work` returns, or how it fails, in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        silence = os.open("/dev/null", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(silence, descriptor)
        try:
            answer = work()
        except BaseException:
            answer = {"outcome": "broken", "because": traceback.format_exc()}
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {"outcome": "broken", "because": "certbot has died"}


def register(directory):
    """The files of a new account."""
    state = directory + "/certbot"
    certbot(state, "register")
    account = {}
    for above, _, names in os.walk(state + "/accounts"):
        for path in (os.path.join(above, name) for name in names):
            with open(path) as file:
                account[os.path.relpath(path, state)] = file.read()
    return account


def order(asked, account):
    """Asks for a certificate as the machine's owner does."""
    os.chroot(asked["root"])
    os.chdir("/")
    shutil.rmtree(STATE, ignore_errors=True)
    for path, text in account.items():
        path = os.path.join(STATE, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    how, where = asked["client"]["kind"], asked["client"].get("at")
    if how == "webroot":
        os.makedirs(where, exist_ok=True)
        plugin = ["--webroot", "--webroot-path", where]
    elif how in ("directory", "everywhere"):
        directories = where if how == "everywhere" else [where]
        plugin = ["--manual", "--manual-auth-hook", writing(directories)]
    elif how == "port":
        plugin = ["--standalone", "--http-01-port", str(where)]
    else:
        plugin = ["--manual", "--manual-auth-hook", "true"]
    try:
        how = [*plugin, "--preferred-challenges", "http"]
        certbot(STATE, "certonly", *how, "--domain", asked["name"])
    except errors.AuthorizationError as error:
        if str(error) != "Some challenges have failed.":
            raise
        return {"outcome": "refused", "because": reason()}
    except errors.PluginError as error:
        return {"outcome": "not-tried", "because": str(error)}
    if not os.path.exists(f"{STATE}/live/{asked['name']}/fullchain.pem"):
        return {"outcome": "broken", "because": "there is no certificate"}
    if not logged("challenge for"):
        return {"outcome": REUSED}
    return {"outcome": "issued", "because": ""}


def writing(directories):
    """A command that puts certbot's token into all of these directories."""
    tokens = []
    for directory in directories:
        try:
            os.makedirs(directory, exist_ok=True)
        except OSError:
            continue  # a file is in the way
        tokens.append(shlex.quote(directory) + '/"$CERTBOT_TOKEN"')
    tokens = " ".join(tokens)
    return f'printf %s "$CERTBOT_VALIDATION" | tee {tokens} && chmod 644 {tokens}'


def reason():
    """Why the authority has refused, in its own words."""
    details = logged("Detail:")
    return details[-1].partition("Detail:")[2].strip() if details else "it does not say"


def logged(words):
    """The lines of certbot's log that contain these words."""
    with open(STATE + "/letsencrypt.log") as file:
        return [line for line in file if words in line]


def serve(directory):
    os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    start_authority(directory)
    # What certbot loads on its way is loaded once, and it asks five times as often how things are.
    disco.PluginsRegistry.find_all()
    sleep = time.sleep
    time.sleep = lambda seconds: sleep(seconds / 5)
    for _ in range(300):
        with open(directory + "/log") as file:
            if "ACME directory available" in file.read():
                break
        sleep(0.1)
    account = in_child(lambda: register(directory))
    if "outcome" in account:
        sys.exit(account["because"])
    key = next(text for path, text in account.items() if path.endswith("/private_key.json"))
    thumbprint = josepy.b64encode(josepy.JWK.json_loads(key).thumbprint()).decode()
    print(json.dumps({"thumbprint": thumbprint}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        set_addresses(asked["addresses"], asked["others"])
        if "client" not in asked:
            print("{}", flush=True)
            continue
        answer = {"outcome": REUSED}
        while answer["outcome"] == REUSED:
            answer = in_child(lambda: order(asked, account))
        forget_addresses(asked["others"])
        print(json.dumps(answer), flush=True)


serve(sys.argv[1])
