"""The goldens of signed models: what OpenSSF's model_signing signs, and that it takes what Assay signs.

    python -m venv venv && venv/bin/pip install model_signing==1.1.1 pyOpenSSL
    venv/bin/python test/parity/model-signing.py

Writes golden/model-signing: key.pem and key.pem.pub (a key of these tests only), theirs-<curve or hash>.sig by model_signing, ours.sig by
sign-folder.ts, and oracle.json: what model_signing says of ours.sig with the folder as it is, and tampered with.
"""
import json, pathlib, shutil, subprocess, tempfile
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
import model_signing

here = pathlib.Path(__file__).parent
golden = here / "golden" / "model-signing"
folder = golden / "folder"
CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}


def write_key(name, curve):
    path = golden / name
    if path.exists():
        return path
    key = ec.generate_private_key(curve)
    path.write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    pathlib.Path(f"{path}.pub").write_bytes(public)
    return path


def sign(name, key, algorithm="sha256", shards=False):
    hashing = model_signing.hashing.Config().set_ignored_paths(paths=[folder / "rejects.csv"], ignore_git_paths=True)
    if shards:
        hashing = hashing.use_shard_serialization(hashing_algorithm=algorithm, shard_size=8)
    else:
        hashing = hashing.use_file_serialization(hashing_algorithm=algorithm)
    config = model_signing.signing.Config().use_elliptic_key_signer(private_key=key).set_hashing_config(hashing)
    config.sign(folder, golden / f"theirs-{name}.sig")


def verdict(model, key):
    config = model_signing.verifying.Config().use_elliptic_key_verifier(public_key=f"{key}.pub")
    try:
        config.verify(model, model / "model.sig")
        return "intact"
    except ValueError as error:
        return str(error)[:40]


keys = {name: write_key("key.pem" if name == "p256" else f"key-{name}.pem", curve) for name, curve in CURVES.items()}
for name, key in keys.items():
    sign(name, key)
sign("blake2b", keys["p256"], "blake2")
sign("shards", keys["p256"], shards=True)

oracle = {"model_signing": "1.1.1"}
with tempfile.TemporaryDirectory() as work:
    for case in ["as signed", "without rejects", "changed", "another file"]:
        copy = pathlib.Path(work) / case.replace(" ", "-")
        shutil.copytree(folder, copy)
        subprocess.run(["node", str(here / "sign-folder.ts"), str(copy), str(keys["p256"])], check=True)
        if case == "as signed":
            shutil.copy(copy / "model.sig", golden / "ours.sig")
        if case == "without rejects":
            (copy / "rejects.csv").unlink()
        if case == "changed":
            (copy / "card.json").write_text("{}")
        if case == "another file":
            (copy / "more.txt").write_text("more")
        oracle[case] = verdict(copy, keys["p256"])
        if case == "as signed":
            oracle["by another key"] = verdict(copy, keys["p384"])
(golden / "oracle.json").write_text(json.dumps(oracle, indent=2) + "\n")
print(json.dumps(oracle, indent=2))
