import io
import json

import pytest

from shortener.links.transfer.errors import TransferError
from shortener.links.transfer.files import delimiter_of, open_source
from shortener.links.transfer.mapping import guess


def records(content, name="", kind=""):
    data = content if isinstance(content, bytes) else content.encode()
    source = open_source(io.BytesIO(data), name, kind)
    return source.kind, list(source.records)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_in_any_encoding_and_with_any_delimiter(encoding, delimiter):
    text = f'url{delimiter}title\r\nhttps://example.com/{delimiter}"Größe{delimiter} ""x"""\r\n'
    assert records(text.encode(encoding)) == (
        "csv", [{"url": "https://example.com/", "title": f'Größe{delimiter} "x"'}],
    )  # fmt: skip


def test_commas_in_cells_do_not_make_them_the_delimiter():
    assert delimiter_of("url;title\nx;a, b, c, d\ny;a, b, c, d\n") == ";"


def test_headers_may_be_missing_or_there_twice():
    assert records("url,,url\na,b,c\n")[1] == [{"url": "a", "#2": "b", "url'": "c"}]


@pytest.mark.parametrize(
    "text", ['[{"url": "a"}, {"url": "b"}]', '{"url": "a"}\n{"url": "b"}\n', '{"data": [{"url": "a"}, {"url": "b"}]}']
)
def test_json_in_three_forms(text):
    assert records(text) == ("json", [{"url": "a"}, {"url": "b"}])


def test_a_long_json_list_is_read_in_pieces():
    rows = [{"url": "a", "title": "ü" * number} for number in range(1500)]
    assert records(json.dumps(rows, ensure_ascii=False))[1] == rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        (b"\x00\x01\x02", "not a text file"),
        ("[{", "not JSON"),
        ("[1]", "Entry 1 is not an object"),
        ('{"links": 7}', "neither a list of links"),
        ('{"a": ', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('url\n"' + "x" * 200_000 + '"\n', "Row 1 cannot be read"),
        (b"\xff\xfeu", "cannot be read"),
        ("INSERT INTO `yourls_url` VALUES ('a','b", "ends in the middle"),
        ("INSERT INTO `other` VALUES (1);", "no table of links"),
        ("INSERT INTO `yourls_url` VALUES ('a');", "1 values"),
    ],
)
def test_what_cannot_be_read_is_told(content, message):
    with pytest.raises(TransferError, match=message):
        records(content)


DUMP = r"""-- MySQL dump 10.19
/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `yourls_log`;
CREATE TABLE `yourls_log` (`click_id` int NOT NULL, `user_agent` varchar(255) DEFAULT 'x;y' COMMENT 'it''s') ENGINE=InnoDB;
INSERT INTO `yourls_log` VALUES (1,'INSERT INTO `yourls_url` VALUES (\'evil\',\'http://evil.example\');');
INSERT INTO `yourls_url` (`keyword`, `url`, `title`, `timestamp`, `ip`, `clicks`) VALUES
('1','https://example.com/?a=\'b\'','It''s (a); \"test\"\n','2015-03-04 05:06:07','127.0.0.1',42),
('two',_binary 'https://example.com/2',NULL,'2016-01-01 00:00:00','::1',0);
# the other form
REPLACE INTO yourls_url VALUES ('three','https://example.com/3','','2017-01-01 00:00:00','',7);
"""


def test_a_dump_of_yourls_is_read_and_text_in_values_stays_text():
    kind, found = records(DUMP, "yourls.sql")
    assert kind == "yourls"
    assert found == [
        {"slug": "1", "url": "https://example.com/?a='b'", "title": 'It\'s (a); "test"\n',
         "created_at": "2015-03-04 05:06:07", "clicks": "42"},
        {"slug": "two", "url": "https://example.com/2", "created_at": "2016-01-01 00:00:00", "clicks": "0"},
        {"slug": "three", "url": "https://example.com/3", "created_at": "2017-01-01 00:00:00", "clicks": "7"},
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 100])
def test_it_does_not_matter_where_a_dump_is_cut(monkeypatch, size):
    monkeypatch.setattr("shortener.links.transfer.sql.PIECE", size)
    assert len(records(DUMP)[1]) == 3


def test_a_statement_may_be_very_long():
    rows = ",".join(
        f"('k{number}','https://example.com/{number}','t','2015-03-04 05:06:07','',1)" for number in range(20_000)
    )
    assert len(records(f"INSERT INTO `yourls_url` VALUES {rows};")[1]) == 20_000


def test_answers_of_other_shorteners_are_known_by_their_form():
    yourls = {
        "links": {
            "link_1": {
                "shorturl": "http://y.us/a",
                "url": "u",
                "title": "t",
                "timestamp": "2020-01-01 00:00:00",
                "ip": "",
                "clicks": "3",
            }
        },
        "statusCode": 200,
    }
    assert records(json.dumps(yourls)) == (
        "yourls", [{"short_url": "http://y.us/a", "url": "u", "title": "t", "created_at": "2020-01-01 00:00:00", "clicks": "3"}],
    )  # fmt: skip
    kutt = {
        "total": 1,
        "data": [
            {"address": "a", "target": "u", "description": "d", "visit_count": 3, "password": True, "banned": False}
        ],
    }
    assert records(json.dumps(kutt)) == (
        "kutt", [{"slug": "a", "url": "u", "title": "d", "clicks": 3, "has_password": True}],
    )  # fmt: skip
    shlink = {
        "shortUrls": {
            "data": [
                {
                    "shortCode": "a",
                    "longUrl": "u",
                    "tags": ["t"],
                    "meta": {"maxVisits": 5},
                    "visitsSummary": {"total": 4, "nonBots": 3},
                }
            ]
        }
    }
    assert records(json.dumps(shlink)) == (
        "shlink", [{"slug": "a", "url": "u", "tags": ["t"], "click_limit": 5, "clicks_used": 3, "clicks": 3, "forward_query": "merge"}],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["Bitlink", "Long URL", "Title", "Date Created", "Tags", "Total Clicks"],
         {"short_url": "Bitlink", "url": "Long URL", "title": "Title", "created_at": "Date Created", "tags": "Tags", "clicks": "Total Clicks"}),
        (["link", "long_url", "created_at"], {"url": "long_url", "short_url": "link", "created_at": "created_at"}),
        (["Short Code", "Target URL", "Hits"], {"slug": "Short Code", "url": "Target URL", "clicks": "Hits"}),
        (["link"], {"url": "link"}),
        (["colour"], {}),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_their_names(columns, expected):
    assert guess(columns) == expected
