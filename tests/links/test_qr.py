from xml.etree import ElementTree

from shortener.links.qr import qr_svg


def test_a_code_is_one_svg_without_anything_that_runs():
    svg = qr_svg("https://go.example.org/abc")
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    assert root.get("class") == "qr"
    assert "viewBox" in root.attrib
    assert "width" not in root.attrib
    assert {element.tag.rpartition("}")[2] for element in root} == {"path"}


def test_different_links_have_different_codes():
    assert qr_svg("https://go.example.org/abc") != qr_svg("https://go.example.org/abd")
