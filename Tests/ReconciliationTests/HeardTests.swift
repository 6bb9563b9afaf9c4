import Reconciliation
import Testing

@Suite struct HeardTests {
    @Test func nothingThatCouldBeATelephoneNumberIsKept() {
        let entry = ReportEntry(key: MessageKey("a"), serviceType: "SMS 01012345678", text: "to 01012345678")
        let heard = Heard(entry, askedAt: Timestamp(seconds: 1))
        #expect(heard.entry.serviceType?.contains("0101") == false)
        #expect(heard.entry.text?.contains("0101") == false)
        let nameless = ReportEntry(key: MessageKey("a"), serviceType: "")
        #expect(Heard(nameless, askedAt: Timestamp(seconds: 1)).entry.serviceType == nil)
    }
}
