import Reconciliation
import Testing

/// The body of a send: passed through, but for what makes it safe to repeat.
@Suite struct SendRequestTests {
    private let key = SendKey("bzr-1")

    private func body(_ text: String) throws -> String {
        String(decoding: try SendRequest(body: Array(text.utf8)).body(as: key), as: UTF8.self)
    }

    @Test("everything else stays as it was written, byte by byte")
    func everythingElseStays() throws {
        let given =
            #"{ "messageFlow" : [{"alimtalk":{"text":"안녕 \u0041","msgType":"AT"}}], "destinations":[ {"to":"1"} ,{ "to": "2"}]}"#
        let expected = """
            {"idempotencyKey":"bzr-1","idempotencyTtl":86400, "messageFlow" : [{"alimtalk":{"text":"안녕 \\u0041",\
            "msgType":"AT"}}], "destinations":[ {"ref":"bzr-1.1","to":"1"} ,{"ref":"bzr-1.2", "to": "2"}]}
            """
        #expect(try body(given) == expected)
        #expect(try body("\u{feff}" + given) == expected)
        let request = try SendRequest(body: Array(given.utf8))
        #expect(request.recipients == 2)
        #expect(request.serviceType == "ALIMTALK")
        #expect(JSONDocument(request.body(as: key)) != nil)
    }

    @Test("a channel we do not know is sent all the same")
    func anUnknownChannelIsSent() throws {
        let request = try SendRequest(body: Array(#"{"destinations":[{"to":"1"}],"messageFlow":[{"pigeon":{}}]}"#.utf8))
        #expect(request.serviceType == nil)
    }

    @Test(
        "what is no such body, or has what is ours, is said in words without its content",
        arguments: [
            ("", "expected a JSON object"), ("[]", "expected a JSON object"), ("{", "expected a JSON object"),
            ("{}", "destinations: expected 1 to 200 recipients"), (#"{"destinations":[]}"#, "destinations: expected"),
            (
                #"{"destinations":["01000000000"],"messageFlow":[{"sms":{}}]}"#,
                "destinations[0]: expected an object with to"
            ),
            (#"{"destinations":[{"to":"1"},{"to":""}],"messageFlow":[{"sms":{}}]}"#, "destinations[1]: expected"),
            (#"{"destinations":[{"to":"1"}]}"#, "messageFlow: expected"),
            (#"{"destinations":[{"to":"1"}],"messageFlow":[]}"#, "messageFlow: expected"),
            (#"{"destinations":[{"to":"1"}],"messageFlow":[{}]}"#, "messageFlow: expected"),
            (
                #"{"idempotencyKey":"mine","destinations":[{"to":"1"}],"messageFlow":[{"sms":{}}]}"#,
                "idempotencyKey: leave"
            ),
            (#"{"idempotencyTtl":1,"destinations":[{"to":"1"}],"messageFlow":[{"sms":{}}]}"#, "idempotencyTtl: leave"),
            (#"{"\u0072ef":"mine","destinations":[{"to":"1"}],"messageFlow":[{"sms":{}}]}"#, "ref: leave"),
            (#"{"destinations":[{"to":"1","ref":"mine"}],"messageFlow":[{"sms":{}}]}"#, "destinations[0].ref: leave"),
            (
                #"{"resvSendTime":"x","destinations":[{"to":"1"}],"messageFlow":[{"sms":{}}]}"#,
                "resvSendTime: a reservation"
            ),
        ])
    func whatIsNoSuchBody(_ text: String, _ words: String) {
        let flaw = #expect(throws: SendFlaw.self) { try SendRequest(body: Array(text.utf8)) }
        #expect(flaw?.message.hasPrefix(words) == true)
        #expect(flaw?.message.contains("01000000000") == false)
    }

    @Test("200 recipients are the most")
    func twoHundredRecipientsAreTheMost() throws {
        func text(_ count: Int) -> String {
            let list = (0..<count).map { #"{"to":"\#($0)"}"# }.joined(separator: ",")
            return #"{"destinations":[\#(list)],"messageFlow":[{"sms":{}}]}"#
        }
        #expect(try SendRequest(body: Array(text(200).utf8)).recipients == 200)
        #expect(throws: SendFlaw.self) { try SendRequest(body: Array(text(201).utf8)) }
    }

    @Test("a reference says whose it is; others' are nobody's")
    func aReferenceSaysWhoseItIs() {
        let reference = key.reference(41)
        #expect(reference.text == "bzr-1.42")
        #expect(SendReference("bzr-1.42") == reference)
        for text in ["", "bzr-1", "bzr-1.0", "bzr-1.201", "bzr-1.x", "a.b.1", "order 12"] {
            #expect(SendReference(text) == nil)
        }
    }

    @Test("no two keys are the same, and all are short")
    func noTwoKeysAreTheSame() {
        var random = SystemRandomNumberGenerator()
        let keys = (0..<1000).map { _ in SendKey(random: &random).text }
        #expect(Set(keys).count == 1000)
        #expect(keys.allSatisfy { $0.utf8.count == 36 })
    }
}
