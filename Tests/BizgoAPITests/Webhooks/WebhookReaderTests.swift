import BizgoAPI
import Engine
import Reconciliation
import Testing

/// The reader of a daemon with two secrets, and requests as the provider sends them.
struct WebhookBench {
    static let secret = "a-secret"
    static let now = Timestamp(iso8601: "2026-01-12T11:00:00+09:00", defaultOffset: 0) ?? Timestamp(seconds: 0)
    static let report =
        #"{"msgKey":"key001","serviceType":"ALIMTALK","msgType":"AT","sendTime":"2026-01-12T10:59:00.000+09:00","#
        + #""reportTime":"2026-01-12T10:59:58.045+09:00","reportType":"2","reportCode":"10000","reportText":"ok","carrier":"x"}"#

    var secrets = [WebhookBench.secret, "an-older-one"]
    var peer = "211.115.98.154"
    var headers = WebhookBench.signed()
    var suffix = ""

    static func signed(
        _ stamp: String = String(now.milliseconds), with secret: String = secret, base64: Bool = false
    ) -> [HTTPHeader] {
        let digest = SHA256.hmac(key: Array(secret.utf8), message: Array(stamp.utf8))
        let signature =
            base64 ? Base64.encode(digest) : digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return [HTTPHeader("x-ib-timestamp", stamp), HTTPHeader("x-ib-signature", signature)]
    }

    func read(_ body: [UInt8]) -> WebhookReader.Reading {
        let reader = WebhookReader(
            allow: ["211.115.98.154", "2001:db8::/32"].compactMap { AddressRange($0) }, secrets: secrets,
            tolerance: .seconds(300))
        let origin = RequestOrigin(peer: IPAddress(peer), headers: [], trusted: [])
        return reader.read(from: origin, suffix: suffix, headers: headers, body: body, at: Self.now)
    }

    func verdict(_ body: String = report) -> WebhookVerdict { read(Array(body.utf8)).verdict }

    func answer(_ body: String = report) -> String { String(decoding: read(Array(body.utf8)).answer, as: UTF8.self) }
}

@Suite("Reading webhooks")
struct WebhookReaderTests {
    private let key = MessageKey("key001")
    private let acknowledged = #"{"msgKey": "key001"}"#

    private func body(_ members: [String: String]) -> String {
        let all = [
            "msgKey": #""key001""#, "serviceType": #""ALIMTALK""#, "reportTime": #""2026-01-12T10:59:58.045+09:00""#,
            "reportType": #""2""#, "reportCode": #""10000""#,
        ].merging(members) { $1 }
        return "{" + all.sorted { $0.key < $1.key }.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",") + "}"
    }

    private func entry(_ verdict: WebhookVerdict) -> ReportEntry? {
        if case .taken(let entry) = verdict { entry } else { nil }
    }

    @Test("A report is taken, and acknowledged by its key")
    func taken() {
        let expected = ReportEntry(
            key: key, serviceType: "ALIMTALK", code: .delivered, text: "ok",
            reportedAt: Timestamp(iso8601: "2026-01-12T10:59:58.045+09:00", defaultOffset: 0))
        #expect(WebhookBench().verdict() == .taken(expected))
        #expect(WebhookBench().answer() == acknowledged)
        #expect(WebhookBench(suffix: "/").verdict() == .taken(expected))
    }

    @Test("A time without offset is Korean, as omni writes it")
    func omni() {
        let verdict = WebhookBench().verdict(body(["reportTime": #""2026-01-12T10:59:58.045""#]))
        #expect(entry(verdict)?.reportedAt == Timestamp(iso8601: "2026-01-12T01:59:58.045Z", defaultOffset: 0))
    }

    @Test("A failure is taken with its code and its text, wherever that is")
    func failure() {
        let verdict = WebhookBench().verdict(body(["reportCode": #"" 64008 ""#, "resultMsg": #""no permission""#]))
        #expect(entry(verdict)?.code == ReportCode("64008"))
        #expect(entry(verdict)?.text == "no permission")
        #expect(entry(WebhookBench().verdict(body(["reportCode": "64008"])))?.code == ReportCode("64008"))
    }

    @Test("A time nobody can read keeps no report from being taken")
    func oddTime() {
        let entry = entry(WebhookBench().verdict(body(["reportTime": #""yesterday""#])))
        #expect(entry?.code == .delivered)
        #expect(entry?.reportedAt == nil)
    }

    @Test(
        "What lacks something the provider always says is unreadable",
        arguments: [
            ["serviceType": "null"], ["reportTime": "null"], ["reportType": "null"], ["reportCode": "null"],
            ["serviceType": #""""#], ["reportTime": #""""#], ["reportType": "{}"], ["reportCode": #"" ""#],
            ["reportCode": "[]"], ["reportCode": #""123456789""#], ["reportCode": #""10 00""#], ["serviceType": "true"],
            ["reportCode": #""<b>""#],
        ])
    func lacking(members: [String: String]) {
        #expect(WebhookBench().verdict(body(members)) == .unreadable)
        #expect(WebhookBench().answer(body(members)) == acknowledged)
    }

    @Test(
        "What names no message is unreadable, and acknowledged with an empty key",
        arguments: [
            "", " ", "null", "[]", "\"key001\"", "{", "{}", #"{"msgKey":null}"#, #"{"msgKey":""}"#,
            #"{"msgKey":["key001"]}"#,
            #"{"msgKey":"key001"} x"#, #"{"msgKey":"key001","x":}"#, #"{'msgKey':'key001'}"#, #"{"MSGKEY":"key001"}"#,
            #"{"msgKey":"\#(String(repeating: "k", count: 257))"}"#, #"{"msgKey":"\ud800"}"#,
            #"{"msgKey":"key001","x":\#(String(repeating: "[", count: 70))\#(String(repeating: "]", count: 70))}"#,
        ])
    func nameless(body: String) {
        #expect(WebhookBench().verdict(body) == .unreadable)
        #expect(WebhookBench().answer(body) == #"{"msgKey": ""}"#)
    }

    @Test("Bytes that are no text are unreadable, and a byte order mark says nothing")
    func bytes() {
        #expect(WebhookBench().read([0xff, 0xfe, 0x7b, 0]).verdict == .unreadable)
        #expect(
            WebhookBench().read(Array(#"{"msgKey":""#.utf8) + [0xc0, 0xaf] + Array(#""}"#.utf8)).verdict == .unreadable)
        let marked = WebhookBench().read([0xef, 0xbb, 0xbf] + Array(WebhookBench.report.utf8))
        #expect(entry(marked.verdict)?.key == key)
    }

    @Test("A key is given back as it came")
    func oddKey() {
        let body = body(["msgKey": #""a\"b\\c\n\u0001é\/""#])
        #expect(entry(WebhookBench().verdict(body))?.key == MessageKey("a\"b\\c\n\u{1}é/"))
        #expect(WebhookBench().answer(body) == #"{"msgKey": "a\"b\\c\u000a\u0001é/"}"#)
        #expect(WebhookBench().answer(self.body(["msgKey": "12"])) == #"{"msgKey": "12"}"#)
    }

    @Test("Who writes to us is acknowledged and left")
    func mobileOriginated() {
        let body = #"{"msgKey":"key001","serviceType":"MO","msgType":"SM","content":"STOP"}"#
        #expect(WebhookBench().verdict(body) == .ignored)
        #expect(WebhookBench().answer(body) == acknowledged)
    }

    @Test("Events of conversations are acknowledged in their own way, whoever they come from")
    func conversations() {
        let bench = WebhookBench(peer: "192.0.2.1", headers: [], suffix: "/cstalk/message")
        #expect(bench.verdict("anything") == .ignored)
        #expect(bench.answer("anything") == #"{"code":"A000","result":"Success"}"#)
    }

    // MARK: Trust

    @Test(
        "A foreign address is answered like the provider's, and changes nothing",
        arguments: ["192.0.2.1", "::1", "nonsense"])
    func foreign(peer: String) {
        let bench = WebhookBench(peer: peer)
        #expect(bench.verdict() == .foreign(key))
        #expect(bench.answer() == acknowledged)
        #expect(bench.verdict("x") == .foreign(nil))
        #expect(bench.verdict(body(["serviceType": #""MO""#])) == .foreign(key))
        #expect(WebhookBench(secrets: [], peer: peer).verdict() == .foreign(key))
    }

    @Test("Every address of a range is the provider's")
    func range() {
        #expect(entry(WebhookBench(peer: "2001:db8::77").verdict())?.key == key)
    }

    @Test("Without a secret nothing need be signed")
    func withoutSecret() {
        #expect(entry(WebhookBench(secrets: [], headers: []).verdict())?.key == key)
    }

    @Test("Each of two secrets signs, in either way of writing")
    func signed() {
        for secret in WebhookBench().secrets {
            for base64 in [false, true] {
                let bench = WebhookBench(headers: WebhookBench.signed(with: secret, base64: base64))
                #expect(entry(bench.verdict())?.key == key)
            }
        }
        let shouted = WebhookBench.signed().map {
            $0.name == "x-ib-signature" ? HTTPHeader($0.name, $0.value.uppercased()) : $0
        }
        #expect(entry(WebhookBench(headers: shouted).verdict())?.key == key)
    }

    @Test(
        "A signature holds for the tolerance, to the millisecond",
        arguments: [
            (0, true), (300_000, true), (-300_000, true), (300_001, false), (-300_001, false), (86_400_000, false),
        ])
    func tolerance(milliseconds: Int64, isTaken: Bool) {
        let stamp = String(WebhookBench.now.milliseconds - milliseconds)
        #expect((entry(WebhookBench(headers: WebhookBench.signed(stamp)).verdict()) != nil) == isTaken)
    }

    @Test(
        "A timestamp is 1 to 16 digits: seconds, or milliseconds from 13 on",
        arguments: [
            ("1768183200", true), ("1768183200000", true), ("001768183200", true), ("0001768183200000", true),
            ("0001768183200", false), ("00001768183200000", false), ("", false), ("0", false),
            ("9999999999999999", false),
            ("+1768183200", false), ("1768183200.0", false), ("17681832OO", false), ("１７６８１８３２００", false),
            (" 1768183200", false),
        ])
    func timestamps(stamp: String, isTaken: Bool) {
        #expect((entry(WebhookBench(headers: WebhookBench.signed(stamp)).verdict()) != nil) == isTaken)
    }

    @Test("What is unsigned, or signed otherwise, is answered like what is signed")
    func unsigned() {
        let good = WebhookBench.signed()
        let (stamp, signature) = (good[0], good[1].value)
        let base64 = WebhookBench.signed(base64: true)[1].value
        let bad: [[HTTPHeader]] = [
            [], [stamp], [good[1]], WebhookBench.signed(with: "another"), WebhookBench.signed(with: ""),
            [HTTPHeader("x-ib-timestamp", stamp.value + "0"), good[1]], good + [stamp], good + [good[1]],
            [stamp, HTTPHeader("x-ib-signature", "")],
            [stamp, HTTPHeader("x-ib-signature", String(signature.dropLast()))],
            [stamp, HTTPHeader("x-ib-signature", signature + "0")],
            [stamp, HTTPHeader("x-ib-signature", "0x" + signature)],
            [stamp, HTTPHeader("x-ib-signature", base64.lowercased())],
            [stamp, HTTPHeader("x-ib-signature", String(base64.dropLast()))],
            [stamp, HTTPHeader("x-ib-signature", "sha256=" + signature)],
            [stamp, HTTPHeader("x-ib-signature", String(repeating: "0", count: 64))],
            [stamp, HTTPHeader("x-ib-signature", String(repeating: "é", count: 32))],
        ]
        for headers in bad {
            let bench = WebhookBench(headers: headers)
            #expect(bench.verdict() == .unsigned(key))
            #expect(bench.answer() == acknowledged)
        }
        #expect(WebhookBench(headers: []).verdict("x") == .unsigned(nil))
        #expect(WebhookBench(headers: []).verdict(body(["serviceType": #""MO""#])) == .unsigned(key))
    }

    @Test("A reader shows nothing of its secrets")
    func secrecy() {
        let reader = WebhookReader(allow: [], secrets: [WebhookBench.secret], tolerance: .seconds(1))
        var dumped = ""
        dump(reader, to: &dumped)
        for text in ["\(reader)", String(reflecting: reader), dumped] { #expect(!text.contains(WebhookBench.secret)) }
    }
}
