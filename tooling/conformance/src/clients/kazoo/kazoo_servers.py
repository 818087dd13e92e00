"""A plugin of pytest for kazoo's own suite: which servers kazoo's harness starts, and what became of each test.

The harness of kazoo.testing writes zoo.cfg and a JAAS file and starts Java. This leaves the writing to it and replaces the starting:
CONFORMANCE_SERVER names the main.js of Zebu, which CONFORMANCE_NODE runs, or is empty for Apache ZooKeeper from ZOOKEEPER_CLASSPATH.
CONFORMANCE_REPORT is the file that gets a line of JSON for each phase of a test. CONFORMANCE_SHARD, as in 0/2, and CONFORMANCE_ONLY, names
of tests, say which tests run; CONFORMANCE_LANE, as in 0/4, which ports are this suite's. With
CONFORMANCE_KEEP_SERVERS the servers outlive a class of tests.
"""

import json
import os
import random
import re
import socket
import subprocess
import time
import types
from pathlib import Path

from cryptography.hazmat.primitives import serialization

SERVER = os.environ.get("CONFORMANCE_SERVER", "")
REPORT = os.environ["CONFORMANCE_REPORT"]
# The harness takes ten ports for each server, from an offset on; these stay clear of the ports that kernels give to clients.
PORTS = range(10000, 32000, 40)
START_LIMIT_S = 30
# Small heaps and the quick compiler: up to six servers share one machine.
JVM_OPTIONS = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


def pytest_configure(config):
    os.environ["ZOOKEEPER_PORT_OFFSET"] = str(free_port_offset())
    from kazoo.testing import common

    common.subprocess = types.SimpleNamespace(Popen=launch)
    common.ZookeeperCluster.start = started_by(common.ZookeeperCluster.start)
    if os.environ.get("CONFORMANCE_KEEP_SERVERS"):
        from kazoo.testing import harness

        # The harness ends its servers at its own end, too, and when a test wants others.
        harness.KazooTestCase.tearDownClass = classmethod(lambda test_class: None)


def free_port_offset():
    # Four suites start at the same time, and the first server of one must not find those of another on its ports.
    lane, lane_count = map(int, os.environ["CONFORMANCE_LANE"].split("/"))
    offsets = list(PORTS)[lane::lane_count]
    random.shuffle(offsets)
    return next(offset for offset in offsets if all(map(is_free, range(offset, offset + 40))))


def is_free(port):
    with socket.socket() as candidate:
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def started_by(start):
    """kazoo gives its servers two seconds, and some tests are over before the last one has joined on a busy machine."""

    def start_and_wait(cluster):
        start(cluster)
        deadline = time.monotonic() + START_LIMIT_S
        for server in cluster:
            while not serves(server.client_port) and time.monotonic() < deadline:
                time.sleep(0.1)

    return start_and_wait


def serves(port):
    """It is in the ensemble: until then the word has no mode to tell."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"srvr")
            return b"Mode:" in b"".join(iter(lambda: connection.recv(4096), b""))
    except OSError:
        return False


def launch(args):
    """In the place of the harness's subprocess.Popen: java, its options, the main class, zoo.cfg."""
    configuration = Path(args[-1])
    command = zebu(args, configuration) if SERVER else [args[0], *JVM_OPTIONS, *args[1:]]
    # Where the harness looks for it when a test fails.
    with open(configuration.parent / "zookeeper.log", "ab") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def zebu(args, configuration):
    """The same settings: Zebu reads the properties of the JVM from zoo.cfg, and no JKS."""
    lines = [with_pem_store(line) for line in configuration.read_text().splitlines()]
    properties = [match for match in (re.match(r"-D(?:zookeeper\.)?([\w.]+)=(.*)", arg) for arg in args) if match]
    lines += [f"{key}={value}" for key, value in (match.groups() for match in properties) if is_setting(key, value)]
    configuration.write_text("\n".join(lines) + "\n")
    return [os.environ["CONFORMANCE_NODE"], SERVER, str(configuration)]


def is_setting(key, value):
    if key == "java.security.auth.login.config":
        # Without a section for the server ZooKeeper goes on without SASL; Zebu takes that for a mistake.
        return "Server" in Path(value).read_text()
    return key in ("DigestAuthenticationProvider.superDigest", "readonlymode.enabled")


def with_pem_store(line):
    match = re.match(r"(ssl\.\w+Store\.location)=(.*)\.jks$", line)
    if match is None:
        return line
    key, path = match.groups()
    Path(f"{path}.pem").write_bytes(pem_of(f"{path}.jks"))
    return f"{key}={path}.pem"


def pem_of(path):
    import jks
    from cryptography import x509

    store = jks.KeyStore.load(path, "apassword")
    keys = [serialization.load_der_private_key(entry.pkey_pkcs8, None) for entry in store.private_keys.values()]
    certificates = [entry.cert_chain[0][1] for entry in store.private_keys.values()]
    certificates += [entry.cert for entry in store.certs.values()]
    parts = [
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        for key in keys
    ]
    parts += [
        x509.load_der_x509_certificate(certificate).public_bytes(serialization.Encoding.PEM)
        for certificate in certificates
    ]
    return b"".join(parts)


def pytest_collection_modifyitems(config, items):
    shard, shard_count = map(int, os.environ["CONFORMANCE_SHARD"].split("/"))
    only = os.environ["CONFORMANCE_ONLY"].split()
    # Whole classes: a cluster lives as long as a class.
    classes = list(dict.fromkeys(item.parent for item in items))
    selected = [
        item
        for item in items
        if classes.index(item.parent) % shard_count == shard and (not only or name_of(item.location) in only)
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in selected])
    items[:] = selected


def pytest_runtest_logreport(report):
    # The test itself happens in its call; setting up and clearing away are of interest when they fail.
    if report.when == "call" or not report.passed:
        record(name_of(report.location), report)


def pytest_collectreport(report):
    """A module that cannot be read is a test that failed."""
    if report.failed:
        record(report.nodeid, report)


def name_of(location):
    file_name, _, test = location
    return f"{Path(file_name).stem}.{test}"


def record(name, report):
    with open(REPORT, "a") as file:
        file.write(json.dumps({"name": name, "outcome": report.outcome, "reason": report.longreprtext[-2000:]}) + "\n")
