import Reconciliation
import Testing

struct AlertAcknowledgementTests {
    private let other = AlertIdentity(.accountRefused, labels: ["code": "64009"])

    private func book() -> AlertStates {
        var book = AlertStates()
        for code in ["64008", "64009"] {
            book.apply(
                .refused(.accountRefused, ReportCode(code)!, occurrence(1), reportedAt: start), after: .zero)
        }
        book.apply(.occurred(.deadLetters, occurrence(2)), after: .zero)
        return book
    }

    @Test func `a name means all that fire by it, labels narrow it down`() {
        var book = book()
        #expect(book.acknowledge(.accountRefused, labels: ["code": "64009"]).map(\.identity) == [other])
        #expect(book.alerts[other]?.isAcknowledged == true)
        #expect(book.alerts[accountRefused]?.isAcknowledged == false)
        #expect(book.acknowledge(.accountRefused, labels: [:]).map(\.isAcknowledged) == [false, true])
        #expect(book.alerts[accountRefused]?.isAcknowledged == true)
        #expect(book.alerts[deadLetters]?.isAcknowledged == false)
    }

    @Test func `what does not fire cannot be acknowledged`() {
        var book = book()
        #expect(book.acknowledge(.staleMessages, labels: [:]).isEmpty)
        #expect(book.acknowledge(.accountRefused, labels: ["code": "1"]).isEmpty)
        #expect(book.acknowledge(.accountRefused, labels: ["sink": "64008"]).isEmpty)
        book.apply(.delivered(reportedAt: .after(.seconds(1))), after: .seconds(2))
        #expect(book.acknowledge(.accountRefused, labels: [:]).isEmpty)
    }

    @Test func `it lasts until the alert resolves`() {
        var book = book()
        _ = book.acknowledge(.deadLetters, labels: [:])
        book.apply(.occurred(.deadLetters, occurrence(50)), after: .seconds(60))
        #expect(book.alerts[deadLetters]?.isAcknowledged == true)
        book.advance(after: .seconds(5 * 3600))
        book.apply(.occurred(.deadLetters, occurrence(1)), after: .seconds(6 * 3600))
        #expect(book.alerts[deadLetters]?.isAcknowledged == false)
    }
}
