import BizgoAPI
import Reconciliation
import Testing

/// What the provider answers to a send, in the forms in which applications have it.
@Suite struct SendAnswerTests {
    private func read(_ text: String) -> SendAnswer? { SendAnswer(body: Array(text.utf8)) }

    private func comm(_ destinations: String, auth: String = "A000", code: String = "A000") -> String {
        """
        {"common":{"authCode":"\(auth)","authResult":"words","infobankTrId":"T1"},
         "data":{"code":"\(code)","result":"words","ref":"r","data":{"destinations":\(destinations)}}}
        """
    }

    @Test("one recipient of generation comm")
    func oneRecipientOfComm() {
        let answer = read(comm(#"[{"to":"0","msgKey":"K1","code":"A000","result":"Success"}]"#))
        #expect(answer == SendAnswer(recipients: [.init(code: "A000", key: MessageKey("K1"))]))
        #expect(answer?.accepted == [MessageKey("K1")])
    }

    @Test("each recipient's own code counts, not the envelope's")
    func eachRecipientsOwnCodeCounts() {
        let answer = read(comm(#"[{"msgKey":"K1","code":"A000"},{"msgKey":"K2","code":"A306"},{"code":"A306"}]"#))
        #expect(answer?.accepted == [MessageKey("K1")])
        #expect(answer?.recipients.map(\.code) == ["A000", "A306", "A306"])
        #expect(answer?.refusal == nil)
        #expect(answer?.isComplete == true)
    }

    @Test("a duplicate was accepted before, with its key or without")
    func aDuplicateWasAcceptedBefore() {
        let answer = read(comm(#"[{"msgKey":"K1","code":"A301"},{"code":"A301"}]"#))
        #expect(answer?.accepted == [MessageKey("K1")])
        #expect(answer?.isComplete == false)
    }

    @Test(
        "the key stands in data, or at the top level",
        arguments: [
            #"{"code":"A000","result":"Success","msgKey":"K1"}"#,
            #"{"code":"A000","result":"Success","data":{"msgKey":"K1"}}"#,
            #"{"code":"A000","data":{"destinations":[{"msgKey":"K1","code":"A000"}]}}"#,
            #"{"destinations":[{"to":"0","msg_key":"K1","code":"A000","result":null}]}"#,
            #"{"destinations":[{"msgKey":"K1"}]}"#,
            #"{"msgKey":"K1"}"#,
            #"{"common":{"authCode":"A000"},"data":{"code":"A000","data":{"msgKey":"K1"}}}"#,
        ])
    func theKeyStandsInDataOrAtTheTopLevel(_ text: String) {
        #expect(read(text) == SendAnswer(recipients: [.init(code: "A000", key: MessageKey("K1"))]))
        #expect(read("\u{feff}" + text) == read(text))
    }

    @Test("a send that was refused as a whole is an answer, too")
    func aRefusedSendIsAnAnswer() {
        let gateway = read(#"{"common":{"authCode":"A401","authResult":"words"}}"#)
        #expect(gateway?.recipients == [])
        #expect(gateway?.refusal?.hasPrefix("gateway A401") == true)
        let service = read(#"{"common":{"authCode":"A000"},"data":{"code":"A300","result":"words"}}"#)
        #expect(service?.refusal?.hasPrefix("service A300") == true)
        #expect(read(#"{"code":"A300","msgKey":"K1"}"#)?.accepted == [])
    }

    @Test(
        "what is no answer to a send is none",
        arguments: [
            "", "{}", "[]", "null", "nonsense", #"{"destinations":{}}"#, #"{"destinations":["K1"]}"#,
            #"{"destinations":[{"to":"0"}]}"#, #"{"code":"A000","data":{}}"#, #"{"code":"A000","data":{"report":[]}}"#,
            #"{"msgKey":""}"#, #"{"msgKey":"two words"}"#, #"{"msgKey":".."}"#, #"{"msgKey":null}"#,
            #"{"destinations":[]}"#,
        ])
    func whatIsNoAnswerIsNone(_ text: String) {
        #expect(read(text) == nil)
    }

    @Test("a code that is none is not repeated")
    func aCodeThatIsNoneIsNotRepeated() {
        let answer = read(comm(#"[{"code":"to 01000000000"},{"code":"01000000000"},{"code":"A0100000000"}]"#))
        #expect(answer?.recipients.map(\.code) == ["no code", "no code", "no code"])
        #expect(answer?.accepted == [])
    }

    @Test("nested too deeply, it is no answer")
    func nestedTooDeeplyItIsNoAnswer() {
        #expect(read(String(repeating: "[", count: 1000)) == nil)
        #expect(
            read(#"{"data":"# + String(repeating: "[", count: 100) + String(repeating: "]", count: 100) + "}") == nil)
    }
}
