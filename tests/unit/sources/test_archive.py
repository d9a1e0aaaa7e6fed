"""A stranger's zip: bombs, paths that leave, links, archives in archives."""

import io
import zipfile

import pytest

from geoplatform.layers.sources import archive
from geoplatform.layers.sources.base import SourceError
from tests.reading import context


@pytest.fixture
def refused(tmp_path):
    def unpack(make, **within):
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            make(packed)
        with pytest.raises(SourceError) as error:
            archive.unpack(path, "a.zip", context(tmp_path, **within), lambda member: True)
        assert not list(tmp_path.glob("*evil*"))
        return str(error.value)

    return unpack


def test_a_bomb_is_refused_by_its_ratio(refused):
    assert "zip bomb" in refused(lambda packed: packed.writestr("zeros.shp", bytes(64 << 20)))


def test_more_than_the_limit_is_refused_before_unpacking(refused):
    said = refused(lambda packed: packed.writestr("a.shp", b"ab" * 4000), max_bytes=5000)
    assert "unpacks to 8,000 bytes, more than the 5,000" in said


def test_a_member_that_declares_less_than_it_holds_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.shp", b"ab" * 5000)
    content = path.read_bytes()
    assert content.count((10000).to_bytes(4, "little")) == 2
    path.write_bytes(content.replace((10000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(SourceError, match="damaged"):
        archive.unpack(path, "a.zip", context(tmp_path), lambda member: True)


@pytest.mark.parametrize("name", ["../evil.shp", "a/../../evil.shp", "/tmp/evil.shp", "..\\evil.shp", "C:\\evil.shp"])
def test_a_path_that_leaves_the_directory_is_refused(refused, name):
    assert "would leave" in refused(lambda packed: packed.writestr(name, b"x"))


def test_a_link_is_refused(refused):
    def link(packed):
        member = zipfile.ZipInfo("a.shp")
        member.external_attr = 0o120777 << 16
        packed.writestr(member, "/etc/passwd")

    assert "is a link" in refused(link)


def test_too_many_members_are_refused(refused, monkeypatch):
    monkeypatch.setattr(archive, "MOST_MEMBERS", 10)
    assert "11 files" in refused(lambda packed: [packed.writestr(f"{i}.shp", b"") for i in range(11)])


def test_an_archive_in_an_archive_is_named(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("a.shp", b"x")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("inner.zip", inner.getvalue())
    with pytest.raises(SourceError, match="archive within the archive"):
        archive.unpack(tmp_path / "a.zip", "a.zip", context(tmp_path), lambda member: member.suffix == ".shp")
