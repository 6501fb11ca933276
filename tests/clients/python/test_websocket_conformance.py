"""RFC 6455 by raw frames, right ones and wrong, against the server's websocket layer behind an echo."""

import unittest
from collections.abc import Iterator
from itertools import product

from websocket_echo import Echo
from websocket_wire import (
    BINARY,
    CLOSE,
    CONTINUATION,
    DEFLATED,
    PING,
    PONG,
    TEXT,
    Frame,
    Stream,
    Wire,
    accepting,
    ask,
    deflated,
    encoded,
    new_key,
    upgrade_headers,
)

PROTOCOL_ERROR, NOT_UTF8, TOO_LARGE = 1002, 1007, 1009

MEBIBYTE = 1 << 20
SIZES = [0, 1, 125, 126, 127, 128, 65_535, 65_536, MEBIBYTE]
"""Bytes at which a frame's length changes its form, and their neighbours."""


class Conformance(unittest.TestCase):
    flags: tuple[str, ...] = ()
    offer: str | None = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.echo = Echo(*cls.flags)
        cls.addClassCleanup(cls.echo.remove)

    def open(self, **how: bytes) -> Wire:
        return Wire(self.echo.address, offer=self.offer, **how)

    def assert_echoed(self, wire: Wire, opcode: int, payload: bytes) -> None:
        heard = wire.receive_message()
        # Compared by itself, for a mebibyte is no message to print.
        same = (heard.opcode, len(heard.payload)) == (opcode, len(payload)) and heard.payload == payload
        self.assertTrue(same, f"{heard.opcode} with {heard.payload[:80]!r}, {len(heard.payload)} bytes")

    def assert_closed(self, wire: Wire, *codes: int | None) -> None:
        """It ends, and with a close of one of these codes; no frame comes before that."""
        frame = wire.receive()
        self.assertEqual(frame.opcode, CLOSE, frame)
        self.assertIn(frame.code(), codes)
        self.assertTrue(wire.stream.has_ended(), "more came after the close")

    def assert_refused(self, sent: bytes, *codes: int, what: object) -> None:
        """What is sent on a connection of its own ends it."""
        with self.subTest(what), self.open() as wire:
            wire.send(sent)
            self.assert_closed(wire, *codes)


class Handshake(Conformance):
    def ask(self, method: str = "GET", **changed: str | None) -> tuple[int, dict[str, str], str]:
        """Names with underscores instead of dashes; `None` leaves a header out."""
        key = new_key()
        headers = upgrade_headers(key)
        for name, value in changed.items():
            headers = {n: v for n, v in headers.items() if n.lower() != name.replace("_", "-")}
            headers |= {name.replace("_", "-"): value} if value is not None else {}
        stream = Stream(self.echo.address)
        self.addCleanup(stream.close)
        answer = ask(stream, headers, method=method)
        return answer.status, answer.headers, key

    def test_the_key_is_answered(self) -> None:
        status, headers, key = self.ask()
        self.assertEqual(status, 101)
        self.assertEqual(headers["upgrade"].lower(), "websocket")
        self.assertEqual(headers["connection"].lower(), "upgrade")
        self.assertEqual(headers["sec-websocket-accept"], accepting(key))

    def test_nothing_is_agreed_on_that_was_not_offered(self) -> None:
        _, headers, _ = self.ask()
        self.assertNotIn("sec-websocket-extensions", headers)
        self.assertNotIn("sec-websocket-protocol", headers)

    def test_an_extension_that_is_not_known_is_left_out(self) -> None:
        status, headers, _ = self.ask(sec_websocket_extensions="x-unheard-of; a=1")
        self.assertEqual(status, 101)
        self.assertNotIn("sec-websocket-extensions", headers)

    def test_names_and_tokens_are_known_in_any_case_and_among_others(self) -> None:
        spellings = [{"upgrade": "WebSocket"}, {"connection": "keep-alive, Upgrade"}, {"connection": "UPGRADE"}]
        for changed in spellings:
            with self.subTest(changed):
                self.assertEqual(self.ask(**changed)[0], 101)

    def test_what_is_no_handshake_is_refused(self) -> None:
        wrong = [
            {"upgrade": None},
            {"connection": None},
            {"connection": "keep-alive"},
            {"sec_websocket_key": None},
            {"sec_websocket_version": None},
            {"method": "POST", "content_length": "0"},
        ]
        for changed in wrong:
            with self.subTest(changed):
                self.assertIn(self.ask(**changed)[0], range(400, 500))

    def test_another_version_is_told_the_one_there_is(self) -> None:
        for version in ["8", "12", "14", "255"]:
            with self.subTest(version):
                status, headers, _ = self.ask(sec_websocket_version=version)
                self.assertIn(status, range(400, 500))
                self.assertEqual(headers.get("sec-websocket-version"), "13")

    def test_a_frame_may_come_with_the_handshake(self) -> None:
        with self.open(behind=encoded(TEXT, b"early")) as wire:
            self.assert_echoed(wire, TEXT, b"early")


class Framing(Conformance):
    def test_every_size_of_text_and_binary_comes_back(self) -> None:
        for opcode, size in product([TEXT, BINARY], SIZES):
            payload = b"*" * size if opcode == TEXT else bytes(range(256)) * (size // 256) + bytes(size % 256)
            with self.subTest(opcode=opcode, size=size), self.open() as wire:
                wire.send(encoded(opcode, payload))
                self.assert_echoed(wire, opcode, payload)

    def test_it_does_not_matter_how_the_bytes_arrive(self) -> None:
        for opcode, size, piece in product([TEXT, BINARY], [1, 125, 126, 300], [1, 2, 3, 7]):
            payload = b"*" * size
            with self.subTest(opcode=opcode, size=size, piece=piece), self.open() as wire:
                wire.send_in_pieces(encoded(opcode, payload), piece)
                self.assert_echoed(wire, opcode, payload)

    def test_large_messages_may_arrive_in_pieces_of_an_odd_size(self) -> None:
        for opcode, size in product([TEXT, BINARY], [65_535, 65_536, MEBIBYTE]):
            payload = b"*" * size
            with self.subTest(opcode=opcode, size=size), self.open() as wire:
                wire.send_in_pieces(encoded(opcode, payload), 997)
                self.assert_echoed(wire, opcode, payload)

    def test_any_mask_is_taken_off(self) -> None:
        with self.open() as wire:
            for mask in [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\0\0\0", b"\0\0\0\x80", b"abcd"]:
                for size in range(9):
                    payload = b"maskable"[:size]
                    wire.send(encoded(TEXT, payload, mask=mask))
                    self.assert_echoed(wire, TEXT, payload)

    def test_a_frame_without_a_mask_ends_it(self) -> None:
        for opcode in [TEXT, BINARY, PING, PONG, CLOSE]:
            self.assert_refused(encoded(opcode, b"", mask=None), PROTOCOL_ERROR, what=opcode)
        self.assert_refused(encoded(TEXT, b"x" * 70_000, mask=None), PROTOCOL_ERROR, what="a large one")

    def test_a_length_beyond_all_bounds_ends_it(self) -> None:
        for length in [1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]:
            frame = encoded(BINARY, b"", length=length)
            self.assert_refused(frame, PROTOCOL_ERROR, TOO_LARGE, what=hex(length))

    def test_ten_thousand_small_messages_come_back_in_order(self) -> None:
        together = 100
        with self.open() as wire:
            for first in range(0, 10_000, together):
                texts = [str(number).encode() for number in range(first, first + together)]
                wire.send(*(encoded(TEXT, text) for text in texts))
                for text in texts:
                    self.assert_echoed(wire, TEXT, text)

    def test_many_connections_do_not_mix(self) -> None:
        wires = [self.open() for _ in range(100)]
        for wire in wires:
            self.addCleanup(wire.stream.close)
        for number, wire in enumerate(wires):
            wire.send(encoded(TEXT, str(number).encode()))
        for number, wire in reversed(list(enumerate(wires))):
            self.assert_echoed(wire, TEXT, str(number).encode())


class ControlFrames(Conformance):
    def test_a_ping_is_answered_with_what_it_says(self) -> None:
        for payload in [b"", b"Hello, world!", bytes(range(0xFF, 0xEF, -1)), b"\xfe" * 125]:
            with self.subTest(payload), self.open() as wire:
                wire.send(encoded(PING, payload))
                self.assertEqual(wire.receive(), Frame(PONG, payload))

    def test_a_ping_may_arrive_byte_by_byte(self) -> None:
        with self.open() as wire:
            wire.send_in_pieces(encoded(PING, b"\xfe" * 125), 1)
            self.assertEqual(wire.receive(), Frame(PONG, b"\xfe" * 125))

    def test_pings_are_answered_in_order(self) -> None:
        payloads = [f"ping {number}".encode() for number in range(10)]
        for piece in [1, 1 << 16]:
            with self.subTest(piece=piece), self.open() as wire:
                wire.send_in_pieces(b"".join(encoded(PING, payload) for payload in payloads), piece)
                for payload in payloads:
                    self.assertEqual(wire.receive(), Frame(PONG, payload))

    def test_a_pong_that_nobody_asked_for_is_nothing(self) -> None:
        for payload in [b"", b"unasked"]:
            with self.subTest(payload), self.open() as wire:
                wire.send(encoded(PONG, payload), encoded(PING, b"after"))
                self.assertEqual(wire.receive(), Frame(PONG, b"after"))

    def test_a_control_frame_of_more_than_125_bytes_ends_it(self) -> None:
        for opcode, size in product([PING, PONG, CLOSE], [126, 127, 65_536]):
            payload = b"\x03\xe8" + b"x" * (size - 2)
            self.assert_refused(encoded(opcode, payload), PROTOCOL_ERROR, what=(opcode, size))

    def test_a_control_frame_in_fragments_ends_it(self) -> None:
        for opcode in [PING, PONG, CLOSE]:
            sent = encoded(opcode, b"", fin=False) + encoded(CONTINUATION, b"")
            self.assert_refused(sent, PROTOCOL_ERROR, what=opcode)


class Reserved(Conformance):
    def test_a_reserved_bit_ends_it(self) -> None:
        for opcode, reserved in product([TEXT, BINARY, PING, PONG, CLOSE], range(1, 8)):
            frame = encoded(opcode, b"", reserved=reserved)
            self.assert_refused(frame, PROTOCOL_ERROR, what=(opcode, reserved))

    def test_a_reserved_opcode_ends_it(self) -> None:
        for opcode, payload in product([3, 4, 5, 6, 7, 11, 12, 13, 14, 15], [b"", b"reserved"]):
            self.assert_refused(encoded(opcode, payload), PROTOCOL_ERROR, what=(opcode, payload))

    def test_what_came_before_is_answered_and_what_comes_after_is_not(self) -> None:
        for wrong in [encoded(TEXT, b"wrong", reserved=2), encoded(3), encoded(0xB)]:
            for piece in [1, 1 << 16]:
                with self.subTest(wrong=wrong, piece=piece), self.open() as wire:
                    try:
                        wire.send_in_pieces(encoded(TEXT, b"right") + wrong + encoded(PING), piece)
                    except ConnectionError:
                        # It was ended before the last byte was out.
                        pass
                    self.assert_echoed(wire, TEXT, b"right")
                    self.assert_closed(wire, PROTOCOL_ERROR)


class Fragmentation(Conformance):
    def test_a_message_may_come_in_fragments(self) -> None:
        for opcode, piece in product([TEXT, BINARY], [1, 1 << 16]):
            with self.subTest(opcode=opcode, piece=piece), self.open() as wire:
                wire.send_in_pieces(fragmented(opcode, [b"one ", b"two ", b"three"]), piece)
                self.assert_echoed(wire, opcode, b"one two three")

    def test_fragments_may_be_empty(self) -> None:
        for parts in [[b"", b""], [b"", b"", b""], [b"", b"middle", b""], [b"a", b"", b"b"]]:
            with self.subTest(parts), self.open() as wire:
                wire.send(fragmented(TEXT, parts))
                self.assert_echoed(wire, TEXT, b"".join(parts))

    def test_a_mebibyte_may_come_in_fragments_of_any_size(self) -> None:
        payload = bytes(range(256)) * (MEBIBYTE // 256)
        for size in [64, 1024, 65_536, MEBIBYTE]:
            parts = [payload[start : start + size] for start in range(0, MEBIBYTE, size)]
            with self.subTest(size=size), self.open() as wire:
                wire.send(fragmented(BINARY, parts))
                self.assert_echoed(wire, BINARY, payload)

    def test_control_frames_may_come_between_fragments(self) -> None:
        pings = [b"between", b""]
        for piece in [1, 1 << 16]:
            with self.subTest(piece=piece), self.open() as wire:
                frames = [
                    encoded(TEXT, b"one ", fin=False),
                    encoded(PING, pings[0]),
                    encoded(CONTINUATION, b"two ", fin=False),
                    encoded(PONG, b"unasked"),
                    encoded(PING, pings[1]),
                    encoded(CONTINUATION, b"three"),
                ]
                wire.send_in_pieces(b"".join(frames), piece)
                for ping in pings:
                    self.assertEqual(wire.receive(), Frame(PONG, ping))
                self.assert_echoed(wire, TEXT, b"one two three")

    def test_a_ping_between_fragments_is_answered_before_the_rest_comes(self) -> None:
        with self.open() as wire:
            wire.send(encoded(TEXT, b"first, ", fin=False), encoded(PING, b"now"))
            self.assertEqual(wire.receive(), Frame(PONG, b"now"))
            wire.send(encoded(CONTINUATION, b"then this"))
            self.assert_echoed(wire, TEXT, b"first, then this")

    def test_a_close_between_fragments_closes(self) -> None:
        with self.open() as wire:
            wire.send(encoded(TEXT, b"never ", fin=False), encoded(CLOSE, (1000).to_bytes(2)))
            self.assert_closed(wire, 1000)

    def test_a_continuation_of_nothing_ends_it(self) -> None:
        whole = encoded(TEXT, b"whole")
        for fin in [True, False]:
            lone = encoded(CONTINUATION, b"lone", fin=fin)
            self.assert_refused(lone, PROTOCOL_ERROR, what=("at first", fin))
            with self.subTest("after a message", fin=fin), self.open() as wire:
                wire.send(whole, lone)
                self.assert_echoed(wire, TEXT, b"whole")
                self.assert_closed(wire, PROTOCOL_ERROR)

    def test_a_message_in_the_middle_of_another_ends_it(self) -> None:
        for opcode, other, fin in product([TEXT, BINARY], [TEXT, BINARY], [True, False]):
            sent = encoded(opcode, b"one", fin=False) + encoded(other, b"another", fin=fin)
            self.assert_refused(sent, PROTOCOL_ERROR, what=(opcode, other, fin))


class Utf8(Conformance):
    VALID = [
        "Hello-µ@ßöäüàá-UTF-8!!",
        "κόσμε",
        "\0",
        # The first and last code points of each length, and of what lies around the surrogates.
        *"\x7f\x80\u07ff\u0800\ud7ff\ue000\ufdd0\ufffd\ufffe\uffff\U00010000\U0001fffe\U0010ffff",
        "日本語テキスト🦀" * 100,
    ]
    INVALID = {
        "a continuation alone": "80 bf",
        "continuations alone": "80 bf 80 bf 80",
        "a first byte alone": "c3 20",
        "too few continuations": "e0 a0 20",
        "an end in the middle of 2 bytes": "ce",
        "an end in the middle of 3 bytes": "ed 9f",
        "an end in the middle of 4 bytes": "f0 9f a6",
        "slash in 2 bytes": "c0 af",
        "slash in 3 bytes": "e0 80 af",
        "slash in 4 bytes": "f0 80 80 af",
        "nul in 2 bytes": "c0 80",
        "the largest that fits in fewer": "c1 bf",
        "the largest that fits in fewer than 3": "e0 9f bf",
        "the largest that fits in fewer than 4": "f0 8f bf bf",
        "the first surrogate": "ed a0 80",
        "the last surrogate": "ed bf bf",
        "a pair of surrogates": "ed a0 80 ed b0 80",
        "beyond the last code point": "f4 90 80 80",
        "a first byte of 5": "f8 88 80 80 80",
        "a first byte of 6": "fc 84 80 80 80 80",
        "fe": "fe",
        "ff": "ff",
        "right at first, wrong in the middle": "ce ba e1 bd b9 cf 83 ce bc ce b5 f4 90 80 80 65 64 69 74 65 64",
    }

    def test_text_of_all_lengths_of_code_points_comes_back(self) -> None:
        for text in self.VALID:
            with self.subTest(text), self.open() as wire:
                wire.send(encoded(TEXT, text.encode()))
                self.assert_echoed(wire, TEXT, text.encode())

    def test_a_fragment_may_end_within_a_code_point(self) -> None:
        payload = "µ本🦀".encode()
        with self.open() as wire:
            for parts in [[payload[:cut], payload[cut:]] for cut in range(len(payload) + 1)]:
                wire.send(fragmented(TEXT, parts))
                self.assert_echoed(wire, TEXT, payload)
            wire.send(fragmented(TEXT, [bytes([byte]) for byte in payload]))
            self.assert_echoed(wire, TEXT, payload)

    def test_what_is_not_utf8_ends_it(self) -> None:
        for what, payload in self.invalid():
            self.assert_refused(encoded(TEXT, payload), NOT_UTF8, what=what)

    def test_what_is_not_utf8_ends_it_in_fragments_too(self) -> None:
        for what, payload in self.invalid():
            for cut in range(len(payload) + 1):
                sent = fragmented(TEXT, [payload[:cut], payload[cut:]])
                self.assert_refused(sent, NOT_UTF8, what=(what, cut))

    def test_a_message_that_cannot_become_utf8_ends_it_at_its_end_at_the_latest(self) -> None:
        with self.open() as wire:
            wire.send(encoded(TEXT, b"\xce\xba\xf4", fin=False))
            wire.send(encoded(CONTINUATION, b"\x90", fin=False))
            # It may be ended here already; what it is sent then is lost.
            try:
                wire.send(encoded(CONTINUATION, b"\x80\x80edited"))
            except ConnectionError:
                pass
            self.assert_closed(wire, NOT_UTF8)

    def test_binary_may_be_anything(self) -> None:
        for what, payload in self.invalid():
            with self.subTest(what), self.open() as wire:
                wire.send(fragmented(BINARY, [payload[:1], payload[1:]]))
                self.assert_echoed(wire, BINARY, payload)

    def invalid(self) -> Iterator[tuple[str, bytes]]:
        return ((what, bytes.fromhex(digits)) for what, digits in self.INVALID.items())


class Closing(Conformance):
    VALID = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999]
    INVALID = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
    """Out of bounds, not for sending, or nobody's."""

    def test_a_close_without_a_code_is_answered(self) -> None:
        with self.open() as wire:
            wire.send(encoded(CLOSE))
            self.assert_closed(wire, None, 1000)

    def test_a_close_is_answered_with_its_code(self) -> None:
        for code in self.VALID:
            with self.subTest(code), self.open() as wire:
                wire.send(encoded(CLOSE, code.to_bytes(2)))
                self.assert_closed(wire, code)

    def test_a_close_may_give_a_reason(self) -> None:
        for reason in [b"", b"enough", "genug für heute 🦀".encode(), b"*" * 123]:
            with self.subTest(reason), self.open() as wire:
                wire.send(encoded(CLOSE, (1000).to_bytes(2) + reason))
                self.assert_closed(wire, 1000)

    def test_a_code_that_may_not_be_sent_is_a_mistake(self) -> None:
        for code, reason in product(self.INVALID, [b"", b"reason"]):
            frame = encoded(CLOSE, code.to_bytes(2) + reason)
            self.assert_refused(frame, PROTOCOL_ERROR, what=(code, reason))

    def test_half_a_code_is_a_mistake(self) -> None:
        self.assert_refused(encoded(CLOSE, b"\x03"), PROTOCOL_ERROR, what="one byte")

    def test_a_reason_has_to_be_utf8(self) -> None:
        for reason in [b"\xff", b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited"]:
            sent = encoded(CLOSE, (1000).to_bytes(2) + reason)
            self.assert_refused(sent, NOT_UTF8, PROTOCOL_ERROR, what=reason)

    def test_nothing_is_answered_after_a_close(self) -> None:
        again = encoded(CLOSE, (1001).to_bytes(2))
        for frame in [encoded(TEXT, b"late"), encoded(PING, b"late"), again, encoded(3)]:
            with self.subTest(frame), self.open() as wire:
                wire.send(encoded(CLOSE, (1000).to_bytes(2)), frame)
                self.assert_closed(wire, 1000)

    def test_what_came_before_a_close_is_answered_first(self) -> None:
        payload = b"*" * 262_144
        with self.open() as wire:
            wire.send(encoded(TEXT, payload), encoded(PING, b"and"), encoded(CLOSE, (1000).to_bytes(2)))
            heard = [wire.receive_message() for _ in range(2)]
            self.assertCountEqual([frame.opcode for frame in heard], [TEXT, PONG])
            self.assertIn(Frame(TEXT, payload), heard)
            self.assert_closed(wire, 1000)

    def test_a_close_may_arrive_byte_by_byte(self) -> None:
        with self.open() as wire:
            wire.send_in_pieces(encoded(CLOSE, (1000).to_bytes(2) + b"slowly"), 1)
            self.assert_closed(wire, 1000)

    def test_others_go_on_when_one_goes_without_a_word(self) -> None:
        with self.open() as staying:
            self.open().stream.close()
            staying.send(encoded(TEXT, b"still here"))
            self.assert_echoed(staying, TEXT, b"still here")


def fragmented(opcode: int, parts: list[bytes]) -> bytes:
    last = len(parts) - 1
    frames = (
        encoded(opcode if number == 0 else CONTINUATION, part, fin=number == last)
        for number, part in enumerate(parts)
    )
    return b"".join(frames)


class Deflating(Conformance):
    """What goes without compression goes as well where it was agreed on."""

    flags = ("--deflate",)
    offer = "permessage-deflate"


class DeflatingFraming(Deflating, Framing):
    pass


class DeflatingControlFrames(Deflating, ControlFrames):
    pass


class DeflatingFragmentation(Deflating, Fragmentation):
    pass


class DeflatingUtf8(Deflating, Utf8):
    pass


class DeflatingClosing(Deflating, Closing):
    pass


class DeflatingMessages(Deflating):
    def test_every_size_comes_back_however_it_is_cut_and_arrives(self) -> None:
        for size, fragments, piece in product([0, 1, 126, 5000, MEBIBYTE], [1, 3], [997, 1 << 20]):
            payload = bytes(number % 251 for number in range(size))
            smaller = deflated(payload)
            cut = len(smaller) // fragments + 1
            parts = [smaller[at : at + cut] for at in range(0, len(smaller), cut)]
            frames = [
                encoded(
                    CONTINUATION if number else BINARY,
                    part,
                    fin=number == len(parts) - 1,
                    reserved=0 if number else DEFLATED,
                )
                for number, part in enumerate(parts)
            ]
            with self.subTest(size=size, fragments=fragments, piece=piece), self.open() as wire:
                wire.send_in_pieces(encoded(PING).join(frames), piece)
                for _ in frames[1:]:
                    self.assertEqual(wire.receive(), Frame(PONG))
                self.assert_echoed(wire, BINARY, payload)

    def test_marks_where_none_may_be_end_it(self) -> None:
        whole = deflated(b"Hello")
        begun = encoded(TEXT, whole, fin=False, reserved=DEFLATED)
        for what, sent in {
            "on a ping": encoded(PING, b"", reserved=DEFLATED),
            "on a close": encoded(CLOSE, b"", reserved=DEFLATED),
            "on a continuation": begun + encoded(CONTINUATION, b"", reserved=DEFLATED),
            "another one": encoded(TEXT, whole, reserved=2),
            "one too many": encoded(TEXT, whole, reserved=DEFLATED | 1),
            "on a message within a message": begun + begun,
            "on an unmasked frame": encoded(TEXT, whole, reserved=DEFLATED, mask=None),
        }.items():
            self.assert_refused(sent, PROTOCOL_ERROR, what=what)

    def test_what_cannot_be_inflated_or_is_no_text_ends_it(self) -> None:
        for what, payload in {"broken": b"\x07", "not UTF-8": deflated(b"\xff\xfe")}.items():
            self.assert_refused(encoded(TEXT, payload, reserved=DEFLATED), NOT_UTF8, what=what)

    def test_a_bomb_ends_it_before_it_is_whole(self) -> None:
        bomb = encoded(TEXT, deflated(bytes(100 * MEBIBYTE)), fin=False, reserved=DEFLATED)
        self.assert_refused(bomb, TOO_LARGE, what="a bomb")
