from __future__ import annotations

import os
import ssl
import subprocess
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.realtime import tls
from gateway.realtime.providers import TlsFiles
from tests.equipment.certificates import Authority
from tests.equipment.somebody import folder_for_all, somebody


def test_the_trusted_certificates_are_loaded_once() -> None:
    """A thousand calls share one TLS context."""
    assert tls.usual() is tls.usual()
    assert tls.usual().verify_mode is ssl.CERT_REQUIRED


def test_files_are_read_again_when_they_were_renewed(tmp_path: Path) -> None:
    """The same context as long as they are the same; a renewed certificate counts from the next call on."""
    authority = Authority(tmp_path)
    files = TlsFiles(authority.file, *authority.gives("client"))
    first = tls.context(files)
    assert tls.context(files) is first
    authority.gives("client")
    assert files.certificate is not None
    os.utime(files.certificate, ns=(1, 1))
    assert tls.context(files) is not first


def locked(folder: Path, key: Path) -> Path:
    """Return the same key with a password."""
    to = folder / "locked.key"
    command = ["openssl", "pkcs8", "-topk8", "-in", str(key), "-out", str(to), "-passout", "pass:canary"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return to


def test_what_is_wrong_with_a_file_is_said(tmp_path: Path) -> None:
    """Not there, empty, no PEM, another certificate's key, a key with a password: the key and the cure."""
    authority = Authority(tmp_path)
    client, other = authority.gives("client"), authority.gives("other")
    empty, words = tmp_path / "empty", tmp_path / "words"
    empty.touch()
    words.write_text("hello")
    missing = tmp_path / "missing"
    for files, key, cure in (
        (TlsFiles(ca=missing), "ca", "No such file"),
        (TlsFiles(ca=tmp_path), "ca", "Is a directory"),
        (TlsFiles(ca=empty), "ca", "is empty"),
        (TlsFiles(ca=words), "ca", "no certificate in PEM"),
        (TlsFiles(certificate=missing), "certificate", "No such file"),
        (TlsFiles(certificate=words), "certificate", "no certificate in PEM"),
        (TlsFiles(certificate=client.certificate), "key", "no private key"),
        (TlsFiles(certificate=client.certificate, key=missing), "key", "No such file"),
        (TlsFiles(certificate=client.certificate, key=words), "key", "no private key"),
        (TlsFiles(certificate=client.certificate, key=other.key), "key", "another certificate"),
        (TlsFiles(certificate=client.certificate, key=locked(tmp_path, client.key)), "key", "password"),
    ):
        with pytest.raises(BadInput, match=cure) as raised:
            tls.context(files)
        assert raised.value.key == f"tls.{key}"


def test_a_file_that_may_not_be_read_is_named() -> None:
    """Wrong permission is a mistake like any other."""
    with folder_for_all() as folder:
        authority = Authority(folder)
        authority.file.chmod(0)
        with somebody(), pytest.raises(BadInput, match="Permission denied"):
            tls.context(TlsFiles(ca=authority.file))
