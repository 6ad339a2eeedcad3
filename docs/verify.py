#!/usr/bin/env python3
"""Verifies a run of Assay by docs/audit-format.md alone: Python 3.9+, standard library, one file.

    python3 verify.py RUN [--key KEY ...] [--head SHA256] [--json]

Prints a line for each finding, then the verdict. Exit codes: 0 intact, 1 damaged, 4 incomplete, 5 unsigned.
Parquet files are held against their hashes; what they say is not read.
"""
import base64, hashlib, json, os, re, stat, sys
from decimal import Decimal

LOG, SEAL, CHECKPOINT = "audit.jsonl", "seal.json", "checkpoint"
ALWAYS = ["decisions.parquet", "explanations.jsonl", "flagged_risks.csv", "model/card.json", "model/model.onnx",
          "records.parquet", "rejects.csv"]
SINCE_2 = ["rule_hits.csv", "summary.json"]
IF_THERE = ["past.txt", "report.html", "report.json"]
HISTORY = "history.parquet"
SEALED = ALWAYS + SINCE_2 + IF_THERE
KNOWN = set(SEALED + [LOG, SEAL, CHECKPOINT, HISTORY])
ORDER = ["run_started", "threshold_changed", "rejected", "scored", "flagged", "sealed"]
MEMBERS = {
    "run_started": "format run domain pack model card threshold card_threshold rules_flag files drop object past averages erasable",
    "threshold_changed": "model from to", "rejected": "count history sha256", "scored": "count sha256",
    "flagged": "decision_id record_id score sha256", "unexplained": "decision_id record_id", "sealed": "entries files",
}
HASH = re.compile(r"[0-9a-f]{64}\Z")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# --- Canonical JSON (RFC 8785) ---------------------------------------------------------------------------------------

def number(value):
    """A number as ECMAScript writes it."""
    if isinstance(value, int):
        value = float(value) if abs(value) > 2**53 else value
        if isinstance(value, int):
            return str(value)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("no form in JSON")
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + exponent
    if 0 < point <= 21:
        text = text.ljust(point, "0") if len(text) <= point else text[:point] + "." + text[point:]
    elif -6 < point <= 0:
        text = "0." + "0" * -point + text
    else:
        mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
        text = f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return ("-" if sign else "") + text


ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def string(text):
    return '"' + re.sub(r'["\\\x00-\x1f\ud800-\udfff]',
                        lambda m: ESCAPES.get(m[0]) or f"\\u{ord(m[0]):04x}", text) + '"'


def plain(value):
    """JSON without white space, members in the order that they have."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return string(value)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(map(plain, value)) + "]"
    return "{" + ",".join(f"{string(key)}:{plain(one)}" for key, one in value.items()) + "}"


def ordered(value):
    if isinstance(value, list):
        return [ordered(one) for one in value]
    if not isinstance(value, dict):
        return value
    by_units = lambda key: key.encode("utf-16-be", "surrogatepass")
    return {key: ordered(value[key]) for key in sorted(value, key=by_units)}


def canonical(value):
    return plain(ordered(value))


# --- Findings --------------------------------------------------------------------------------------------------------

class Findings(list):
    def add(self, kind, file, message, line=None):
        self.append({"kind": kind, "file": file, "line": line, "message": message})

    def has(self, file):
        return any(one["file"] == file for one in self)

    def verdict(self):
        kinds = {one["kind"] for one in self}
        if kinds - {"missing", "unsigned", "other key"}:
            return "damaged"
        return "incomplete" if "missing" in kinds else "unsigned" if kinds else "intact"


# --- The folder ------------------------------------------------------------------------------------------------------

def list_folder(folder, findings):
    """The run's files that are plain files. Nothing else is ever opened."""
    there = set()
    for prefix in ("", "model/"):
        if prefix and not os.path.isdir(os.path.join(folder, "model")) or prefix and findings.has("model"):
            continue
        for entry in sorted(os.scandir(os.path.join(folder, prefix)), key=lambda one: one.name):
            name = prefix + entry.name
            mode = entry.stat(follow_symlinks=False).st_mode
            if name == "model" and stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode) and (name in KNOWN or name == "model" or not stat.S_ISDIR(mode)):
                findings.add("unsafe", name, "not a file: it is not opened")
            elif name not in KNOWN:
                findings.add("extra", name, "no run has it")
            else:
                there.add(name)
    return there


def read(folder, name):
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(os.path.join(folder, name), flags), "rb") as file:
        return file.read()


# --- The log ---------------------------------------------------------------------------------------------------------

def parse_entry(line):
    """The entry of a line, or why it is none."""
    try:
        text = line.decode("utf-8")
        entry = json.loads(text)
        if canonical(entry) != text:
            return None, "not in canonical form"
    except (ValueError, RecursionError, OverflowError):
        return None, "not JSON"
    needed = {"actor", "data", "event", "hash", "prev", "seq", "subject"}
    if not isinstance(entry, dict) or needed - set(entry) or set(entry) - needed - {"at", "actor_name"} \
            or not isinstance(entry["data"], dict) or not all(HASH.match(str(entry[key])) for key in ("hash", "prev")):
        return None, "not an entry"
    cut = line.rindex(b',"hash":"')
    if sha256(line[:cut] + line[cut + 74:]) != entry["hash"]:
        return None, "its content does not give its hash"
    return entry, None


def read_log(data, seal, head, findings):
    """The entries of an unbroken chain; none, with findings, of a broken one."""
    lines = data.split(b"\n")
    before, entries, prev = len(findings), [], "0" * 64
    if lines.pop() != b"":
        findings.add("chain", LOG, "no line end after the last line", len(lines) + 1)
    for number_of, line in enumerate(lines, 1):
        entry, fault = parse_entry(line)
        if entry is None:
            findings.add("chain", LOG, fault, number_of)
            break
        if entry["seq"] != number_of - 1 or entry["prev"] != prev:
            findings.add("chain", LOG, "it does not follow the line before", number_of)
            break
        prev = entry["hash"]
        entries.append(entry)
    sealing = [entry["seq"] for entry in entries if entry["event"] == "sealed" and entry["data"].get("entries") == entry["seq"]]
    if len(findings) == before and sealing != [len(entries) - 1]:
        findings.add("chain", LOG, "it does not end in the one entry that seals it", len(entries))
    expected = head or (seal or {}).get("head")
    if len(findings) == before and expected not in (None, prev):
        findings.add("chain", LOG, "it ends in another hash than expected", len(entries))
    if len(findings) == before and seal and not head and seal["entries"] != len(entries):
        findings.add("chain", LOG, f"the seal counts {seal['entries']} entries", len(entries))
    return (entries if len(findings) == before else []), lines


def read_seal(data, findings):
    try:
        text = data.decode("utf-8")
        seal = json.loads(text)
        keys = ["format", "head", "entries", "root", "sealed_at", "by", "versions"]
        if seal["format"] != "assay-seal/1" or not HASH.match(seal["head"]) or not isinstance(seal["entries"], int):
            raise ValueError
        known = {key: seal[key] for key in keys if key in seal}
        known["versions"] = dict(sorted(seal["versions"].items()))
        if json.dumps(known, indent=2, ensure_ascii=False) + "\n" != text:
            findings.add("unknown", SEAL, "not written as seals are")
        return seal
    except (ValueError, KeyError, TypeError, AttributeError):
        findings.add("malformed", SEAL, "not a seal")
        return None


def facts_of(entries, findings):
    """What the entries of a run say, in the order that a run has."""
    facts, stage = {"flags": [], "files": {}}, -1
    for line, entry in enumerate(entries, 1):
        event, data = entry["event"], entry["data"]
        kind = "flagged" if event == "unexplained" else event
        if kind not in ORDER:
            findings.add("unknown", LOG, f"no run has the event {event!r}", line)
            continue
        at = ORDER.index(kind)
        if at < stage or at == stage and kind != "flagged":
            findings.add("mismatch", LOG, f"a second or late {event}", line)
        stage = max(stage, at)
        if event == "flagged":
            facts["flags"].append({**data, "line": line, "unexplained": False})
            if entry["subject"] != data.get("record_id"):
                findings.add("mismatch", LOG, "its subject is not its record", line)
        elif event == "unexplained":
            last = facts["flags"][-1] if facts["flags"] else {}
            if last.get("decision_id") != data.get("decision_id"):
                findings.add("mismatch", LOG, "it does not follow its flag", line)
            last["unexplained"] = True
        else:
            facts[event] = data
        if "format" not in facts.get("run_started", {}):
            continue
        for name in set(data) - set(MEMBERS[event].split()):
            findings.add("unknown", LOG, f"{event} has no member {name!r}", line)
        subject = f"run of {facts['run_started']['domain']}"
        if entry["actor"] != "assay" or "at" in entry or "actor_name" in entry or kind != "flagged" and entry["subject"] != subject:
            findings.add("mismatch", LOG, "not by assay, or of another subject", line)
    for event in ("run_started", "rejected", "scored"):
        if entries and event not in facts:
            findings.add("mismatch", LOG, f"no entry {event}")
    facts["files"] = facts.get("sealed", {}).get("files", {})
    return facts


# --- The checkpoint: RFC 6962 tree, C2SP checkpoint and signed note, Ed25519 (RFC 8032) ------------------------------

def root_of(leaves):
    """Of the lines of the log."""
    row = [hashlib.sha256(b"\0" + (line if len(line) <= 65535 else f"sha256:{sha256(line)}".encode())).digest() for line in leaves]
    if not row:
        return hashlib.sha256(b"").digest()
    while len(row) > 1:
        row = [hashlib.sha256(b"\1" + row[at] + row[at + 1]).digest() if at + 1 < len(row) else row[at] for at in range(0, len(row), 2)]
    return row[0]


P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
L = 2**252 + 27742317777372353535851937790883648493


def add(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    m, n, c, d = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P, 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def point_of(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or x == 0 and sign:
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed_by(public, signature, message):
    key, nonce, scalar = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or nonce is None or scalar >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    (x1, y1, z1, _), (x2, y2, z2, _) = times(scalar, BASE), add(nonce, times(challenge, key))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


def parse_key(text):
    name, key_id, material = text.strip().split("+", 2)
    raw = base64.b64decode(material, validate=True)
    own = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex()
    if own != key_id or raw[0] != 1 or len(raw) != 33:
        raise SystemExit(f"verify.py: {text.strip()[:60]} is not an Ed25519 key")
    return name, key_id, raw[1:]


def check_checkpoint(data, lines, facts, seal_bytes, head, keys, findings):
    if data is None:
        if keys:
            findings.add("unsigned", CHECKPOINT, "no key has signed the log")
        return
    try:
        text, signatures = data.decode("utf-8").rsplit("\n\n", 1)
        text += "\n"
        origin, size, root, *extensions = text.split("\n")[:-1]
        if re.search(r"[\x00-\x09\x0b-\x1f]", text) or not signatures.endswith("\n") or not re.match(r"(0|[1-9][0-9]*)\Z", size):
            raise ValueError
        root = base64.b64decode(root, validate=True)
        signed = []
        for line in signatures.split("\n")[:-1]:
            name, blob = re.match(r"\u2014 ([^\s+]+) (\S+)\Z", line).groups()
            raw = base64.b64decode(blob, validate=True)
            if base64.b64encode(raw).decode() != blob:
                raise ValueError
            signed.append((name, raw[:4].hex(), raw[4:]))
        if len(root) != 32 or not signed:
            raise ValueError
    except (ValueError, AttributeError):
        return findings.add("malformed", CHECKPOINT, "not a signed note of a checkpoint")
    signers = [(name, key_id) for name, key_id, _ in signed]
    if len(set(signers)) < len(signers):
        findings.add("duplicate", CHECKPOINT, "one key has signed it twice")
    valid, forged = False, False
    for name, key_id, public in keys:
        for by, by_id, signature in signed:
            if (by, by_id) == (name, key_id):
                ok = signed_by(public, signature, text.encode())
                valid, forged = valid or ok, forged or not ok
    if forged:
        findings.add("forged", CHECKPOINT, "the signature is not by the key that it names")
    elif keys and not valid:
        findings.add("other key", CHECKPOINT, "signed by none of the keys given")
    if not facts["files"] or forged:
        return
    if int(size) != len(lines) or root != root_of(lines):
        return findings.add("rewritten", CHECKPOINT, "it is of another log")
    if not origin.endswith(f"/runs/{facts['run_started']['domain']}/{head[:32]}"):
        findings.add("mismatch", CHECKPOINT, "it is of a log of another name")
    said = [line[5:] for line in extensions if line.startswith("seal ")]
    if said and seal_bytes is not None and said[0] != base64.b64encode(hashlib.sha256(seal_bytes).digest()).decode():
        findings.add("changed", SEAL, "not the seal that the checkpoint vouches for")


# --- The files -------------------------------------------------------------------------------------------------------

def check_files(folder, there, facts, last, findings):
    """The contents of the files that may bear witness: as sealed, or of a version that did not seal them."""
    started, witnesses = facts.get("run_started", {}), {}
    for name, expected in facts["files"].items():
        if name not in SEALED:
            kind = "unknown" if re.match(r"[\w-]+(\.[\w-]+)*\Z", name, re.A) else "unsafe"
            findings.add(kind, LOG, f"it vouches for {name!r}, which no run has: not opened", last)
        elif name not in there:
            if not findings.has(name):
                findings.add("missing", name, "the file is gone")
        else:
            data = read(folder, name)
            if sha256(data) == expected:
                witnesses[name] = data
            else:
                findings.add("changed", name, "its sha256 is not the sealed one")
    new = "format" in started
    for name in SEALED:
        if name in facts["files"]:
            continue
        if name in ALWAYS or new and (name in SINCE_2 or name in there):
            findings.add("unsealed", name, "the log does not vouch for it")
        if name in there:
            witnesses[name] = read(folder, name)
    if new and (started.get("past", {}).get("drops", 0) > 0) != ("past.txt" in facts["files"] or "past.txt" in there):
        findings.add("mismatch", "past.txt", "not as many earlier drops as the log says")
    if HISTORY in there and "drop" not in started:
        findings.add("extra", HISTORY, "only a run fetched from a stack has it")
    return witnesses


def billionths(value):
    return int((Decimal(repr(value)) * 10**9).to_integral_value())


def records_of(data, file, findings):
    """The records of a CSV, without the header: a line end within quotes ends none."""
    rows, part, line = [], "", 0
    for text in data.decode("utf-8", "surrogateescape").split("\n")[:-1]:
        part = f"{part}\n{text}" if part else text
        if part.count('"') % 2 == 0:
            rows.append(part)
            part = ""
    if part or not data.endswith(b"\n"):
        findings.add("malformed", file, "a record without end")
    return rows[1:]


def parsed(data, file, findings):
    try:
        return json.loads(data.decode("utf-8"))
    except ValueError:
        findings.add("malformed", file, "not JSON")
        return None


def check_explanations(data, facts, card, findings):
    file, started, flags, seen = "explanations.jsonl", facts["run_started"], facts["flags"], {}
    lines = data.split(b"\n")[:-1]
    for at, raw in enumerate(lines, 1):
        try:
            one = json.loads(raw.decode("utf-8"), object_pairs_hook=once)
            total = billionths(one["base"]) + sum(billionths(part["contribution"]) for part in one["contributions"])
            total += billionths(one.get("unexplained", 0))
            score, rules = one["score"], [rule["id"] for rule in one["rules"]]
        except (ValueError, KeyError, TypeError):
            findings.add("malformed", file, "not an explanation", at)
            continue
        if total != billionths(score):
            findings.add("sum", file, "base + contributions is not the score", at)
        if one["decision_id"] in seen:
            findings.add("mismatch", file, "a second explanation of its decision", at)
        seen[one["decision_id"]] = (at, one, sha256(raw))
        pack = card and f"{card['domain']}@{card['pack']['version']}"
        if one["model"] != started["model"] or pack and one["pack"] != pack or one["threshold"] != started.get("threshold", one["threshold"]):
            findings.add("mismatch", file, "model, pack or threshold is not that of the run", at)
        flagging = started.get("rules_flag")
        if score < one["threshold"] and flagging is not None and not set(rules) & set(flagging):
            findings.add("threshold", file, "below the threshold, without a rule that flags", at)
        if at <= len(flags):
            flag = flags[at - 1]
            same = (flag["decision_id"], flag["record_id"], flag["score"], flag["sha256"], flag["unexplained"])
            if same != (one["decision_id"], one["record_id"], score, sha256(raw), "unexplained" in one):
                findings.add("mismatch", file, f"not the flag of {LOG} line {flag['line']}", at)
    if len(lines) != len(flags):
        findings.add("mismatch", file, f"{len(lines)} explanations; the log has {len(flags)} flags")
    return seen


def once(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a repeated member")
    return dict(pairs)


def check_facts(witnesses, facts, findings):
    started = facts["run_started"]
    sealed = facts["files"]
    for event, key, name in (("scored", "sha256", "decisions.parquet"), ("rejected", "sha256", "rejects.csv"), ("run_started", "card", "model/card.json")):
        said = facts.get(event, {}).get(key)
        if said and name in sealed and said != sealed[name]:
            findings.add("mismatch", LOG, f"{event} and sealed have two hashes for {name}")
    card = parsed(witnesses["model/card.json"], "model/card.json", findings) if "model/card.json" in witnesses else None
    if card:
        same = (card["domain"], card["version"], card["pack"]["hash"], card["threshold"]["value"])
        said = (started["domain"], started["model"], started["pack"], started.get("card_threshold", same[3]))
        onnx = witnesses.get("model/model.onnx")
        if same != said or onnx is not None and sha256(onnx) != card["onnx"]["sha256"]:
            findings.add("mismatch", "model/card.json", "not the model that the log names")
    change, now, then = facts.get("threshold_changed"), started.get("threshold"), started.get("card_threshold")
    expected = {"model": started["model"], "from": then, "to": now} if None not in (now, then) and now != then else None
    if change != expected:
        findings.add("mismatch", LOG, "threshold_changed and run_started say two things")
    seen = check_explanations(witnesses["explanations.jsonl"], facts, card, findings) if "explanations.jsonl" in witnesses else None
    check_csv(witnesses, facts, seen, findings)
    check_counts(witnesses, facts, seen, findings)


def check_csv(witnesses, facts, seen, findings):
    if "flagged_risks.csv" in witnesses:
        rows = records_of(witnesses["flagged_risks.csv"], "flagged_risks.csv", findings)
        ids = [row[-32:] for row in rows]
        if len(ids) != len(facts["flags"]) or seen is not None and sorted(ids) != sorted(seen):
            findings.add("mismatch", "flagged_risks.csv", "its flags are not those that are explained")
        for at, row in enumerate(rows, 2):
            _, one, _ = (seen or {}).get(row[-32:], (0, None, ""))
            if one and f",{number(one['score'])},{number(one['threshold'])}," not in row:
                findings.add("mismatch", "flagged_risks.csv", "another score or threshold than explained", at)
        rank = {"low": 1, "medium": 2, "high": 3, "critical": 4}
        known = [seen[one][1] for one in ids if seen and one in seen]
        urgency = [(-max([rank[rule["severity"]] for rule in one["rules"]], default=0), -one["score"]) for one in known]
        if urgency != sorted(urgency):
            findings.add("mismatch", "flagged_risks.csv", "not the most urgent first")
    if "rule_hits.csv" in witnesses and seen is not None:
        hits = {}
        for row in records_of(witnesses["rule_hits.csv"], "rule_hits.csv", findings):
            if row.endswith(",true"):
                hits[row[:32]] = hits.get(row[:32], 0) + 1
        if hits != {key: len(one["rules"]) for key, (_, one, _) in seen.items() if one["rules"]}:
            findings.add("mismatch", "rule_hits.csv", "the hits of flagged records are not those explained")


def check_counts(witnesses, facts, seen, findings):
    flagged = len(facts["flags"])
    unexplained = sum(flag["unexplained"] for flag in facts["flags"])
    scored, rejected = facts["scored"]["count"], facts["rejected"]["count"]
    said = {"received": scored + rejected, "scored": scored, "rejected": rejected, "flagged": flagged, "unexplained": unexplained}
    if "rejects.csv" in witnesses:
        rows = records_of(witnesses["rejects.csv"], "rejects.csv", findings)
        if len(rows) != rejected + facts["rejected"].get("history", 0):
            findings.add("mismatch", "rejects.csv", f"{len(rows)} rejects; the log has {rejected}")
    if "summary.json" in witnesses:
        summary = parsed(witnesses["summary.json"], "summary.json", findings) or {}
        names = {"domain": facts["run_started"]["domain"], "model": facts["run_started"]["model"]}
        if {key: value for key, value in summary.items() if key != "seconds"} != {**said, **names}:
            findings.add("mismatch", "summary.json", "not the counts of the log")
    report = parsed(witnesses["report.json"], "report.json", findings) if "report.json" in witnesses else None
    if not report:
        return
    scoring = report["scoring"]
    listed = scoring.get("flags")
    if {key: scoring[key] for key in said} != said or listed is not None and len(listed) != min(1000, flagged):
        findings.add("mismatch", "report.json", "not the counts of the log")
    histogram = scoring["scores"]
    if sum(histogram["positives"]) != flagged or sum(histogram["negatives"]) != scored - flagged:
        findings.add("mismatch", "report.json", "its distribution is not of as many scores")
    for one in listed or [] if seen is not None else []:
        own = seen.get(one["explanation"]["decision_id"])
        masked = one["explanation"]["record_id"] == "[masked: pii]"
        expected = own and {**own[1], **({"record_id": "[masked: pii]"} if masked else {})}
        if one["explanation"] != expected:
            findings.add("mismatch", "report.json", "a flag is not as explained")


# --- All of it, in the order of docs/audit-format.md -----------------------------------------------------------------

def verify(folder, keys=(), head=None):
    findings = Findings()
    there = list_folder(folder, findings)
    seal_bytes = read(folder, SEAL) if SEAL in there else None
    seal = read_seal(seal_bytes, findings) if seal_bytes is not None else None
    if seal_bytes is None and not findings.has(SEAL):
        findings.add("missing", SEAL, "the seal is gone")
    entries, lines = [], []
    if LOG in there:
        entries, lines = read_log(read(folder, LOG), seal, head, findings)
    elif not findings.has(LOG):
        findings.add("missing", LOG, "the log is gone")
    if seal and head and seal["head"] != head:
        findings.add("changed", SEAL, "it seals another log")
    facts = facts_of(entries, findings)
    own = entries[-1]["hash"] if entries else ""
    if seal and entries and "root" in seal and seal["root"] != base64.b64encode(root_of(lines)).decode():
        findings.add("mismatch", SEAL, "its root is not that of the log's tree")
    note = read(folder, CHECKPOINT) if CHECKPOINT in there else None
    check_checkpoint(note, lines, facts, seal_bytes, own, keys, findings)
    if entries:
        witnesses = check_files(folder, there, facts, len(entries), findings)
        if all(event in facts for event in ("run_started", "rejected", "scored")):
            try:
                check_facts(witnesses, facts, findings)
            except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
                findings.add("malformed", LOG, f"a fact is not of its type ({error})")
    return findings, len(entries), own


def main(arguments):
    keys, head, as_json, folder = [], None, False, None
    while arguments:
        one = arguments.pop(0)
        if one == "--key":
            text = arguments.pop(0)
            keys.append(parse_key(text if "+" in text else open(text, encoding="utf-8").read()))
        elif one == "--head":
            head = arguments.pop(0)
        elif one == "--json":
            as_json = True
        else:
            folder = one
    if folder is None:
        raise SystemExit(__doc__)
    findings, entries, own = verify(folder, keys, head)
    verdict = findings.verdict()
    if as_json:
        print(json.dumps({"verdict": verdict, "entries": entries, "head": own, "problems": findings}))
    else:
        for one in findings:
            place = one["file"] if one["line"] is None else f"{one['file']} line {one['line']}"
            print(ascii(f"{place}: {one['kind']}: {one['message']}")[1:-1])
        print(f"{verdict}: {entries} entries; head {own}")
    return {"intact": 0, "damaged": 1, "incomplete": 4, "unsigned": 5}[verdict]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
