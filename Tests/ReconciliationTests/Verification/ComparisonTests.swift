import Reconciliation
import Testing

/// What a listing says of a message, held against its row: every status with every verdict, service type and age.
@Suite struct ComparisonTests {
    private static let key = MessageKey("20261129AAAA001")
    private static let cutoff = Timestamp(seconds: 1_800_000_000)
    private static let old = cutoff - .seconds(1)

    private enum Said: String, CaseIterable {
        case delivered, failed, inFlight, uncertain, fallbackDelivered, fallbackInFlight

        var codes: [String?] {
            switch self {
            case .delivered: ["10000"]
            case .failed: ["64016", "64008"]
            case .inFlight: [nil]
            case .uncertain: ["56003"]
            case .fallbackDelivered: ["64016", "10000"]
            case .fallbackInFlight: ["64016", nil]
            }
        }
    }

    private func entries(_ codes: [String?], requestedAt: Timestamp? = old) -> [ReportEntry] {
        codes.enumerated().map { index, code in
            ReportEntry(
                key: Self.key, serviceType: index == 0 ? "ALIMTALK" : "SMS", code: code.flatMap { ReportCode($0) },
                requestedAt: requestedAt)
        }
    }

    private func row(_ status: RowStatus, acceptedAt: Timestamp? = old) -> DueMessage {
        DueMessage(
            key: Self.key, row: RowLocator(1), status: status, acceptedAt: acceptedAt, tracking: Tracking())
    }

    private func comparison(
        _ said: Said, _ row: DueMessage?, serviceTypes: Set<String>? = nil, requestedAt: Timestamp? = old
    ) -> Comparison {
        Comparison(
            Self.key, entries(said.codes, requestedAt: requestedAt), row: row, serviceTypes: serviceTypes,
            before: Self.cutoff)
    }

    private static var final: [Said] { [.delivered, .failed, .fallbackDelivered] }
    private static var open: [Said] { Said.allCases.filter { !final.contains($0) && $0 != .uncertain } }

    @Test("a pending row is the reconciler's to settle, whatever is said")
    func pending() {
        for said in Said.allCases { #expect(comparison(said, row(.pending)) == .open) }
    }

    @Test("a row of somebody else's is none of ours, whatever is said")
    func other() {
        for said in Said.allCases { #expect(comparison(said, row(.other)) == .foreign) }
    }

    @Test("while a channel is in flight nothing is said of any row")
    func inFlight() {
        for said in Self.open {
            for status in [RowStatus.sent, .deadLetter] { #expect(comparison(said, row(status)) == .open) }
            #expect(comparison(said, nil) == .open)
        }
    }

    @Test("sent and delivered agree, dead and failed too")
    func agree() {
        #expect(comparison(.delivered, row(.sent)) == .agrees)
        #expect(comparison(.fallbackDelivered, row(.sent)) == .agrees)
        #expect(comparison(.failed, row(.deadLetter)) == .agrees)
    }

    @Test("a dead letter that was delivered is healed")
    func healed() {
        #expect(comparison(.delivered, row(.deadLetter)) == .delivered)
        #expect(comparison(.fallbackDelivered, row(.deadLetter)) == .delivered)
    }

    @Test("sent, and failed on every channel: a suspicion with the row's own time and the last failure")
    func falseSent() {
        let expected = Difference(
            .falseSent, Self.key, rowStatus: .sent, code: ReportCode("64008"), acceptedAt: Self.old - .seconds(60))
        #expect(comparison(.failed, row(.sent, acceptedAt: Self.old - .seconds(60))) == .suspicion(expected))
    }

    @Test("delivered or failed without a row: a suspicion with the provider's time")
    func missing() {
        for (said, code) in [(Said.delivered, "10000"), (.failed, "64008")] {
            let expected = Difference(
                .missingRow, Self.key, rowStatus: nil, code: ReportCode(code), acceptedAt: Self.old)
            #expect(comparison(said, nil) == .suspicion(expected))
        }
    }

    @Test("without a row only a service type of ours counts, on whatever channel")
    func serviceTypes() {
        #expect(comparison(.delivered, nil, serviceTypes: ["SMS"]) == .foreign)
        #expect(comparison(.delivered, nil, serviceTypes: []) == .foreign)
        #expect(comparison(.delivered, nil, serviceTypes: ["ALIMTALK"]) != .foreign)
        #expect(comparison(.failed, nil, serviceTypes: ["SMS"]) != .foreign)
        let untyped = Comparison(
            Self.key, [ReportEntry(key: Self.key, code: .delivered, requestedAt: Self.old)], row: nil,
            serviceTypes: ["ALIMTALK"], before: Self.cutoff)
        #expect(untyped == .foreign)
    }

    @Test("of a row that is ours its own word counts, not the listing's")
    func rowsAreOurs() {
        #expect(comparison(.delivered, row(.sent), serviceTypes: ["RCS"]) == .agrees)
        #expect(comparison(.delivered, row(.deadLetter), serviceTypes: ["RCS"]) == .delivered)
    }

    @Test("what is young is left to its webhook, by the row's time where there is one")
    func young() {
        let young = Self.cutoff
        #expect(comparison(.failed, row(.sent, acceptedAt: young)) == .open)
        #expect(comparison(.delivered, row(.deadLetter, acceptedAt: young)) == .open)
        #expect(comparison(.delivered, nil, requestedAt: young) == .open)
        #expect(comparison(.failed, row(.sent), requestedAt: young) != .open)
        #expect(comparison(.failed, row(.sent, acceptedAt: nil), requestedAt: young) == .open)
    }

    @Test("what nobody says the age of is old")
    func ageless() {
        #expect(comparison(.delivered, row(.sent, acceptedAt: nil), requestedAt: nil) == .agrees)
        #expect(comparison(.delivered, nil, requestedAt: nil) != .open)
    }

    // MARK: Confirming

    @Test("a row that says sent is confirmed to be wrong only by a failure on every channel")
    func falseSentIsConfirmed() {
        let difference = Difference(.falseSent, Self.key, rowStatus: .sent, code: nil, acceptedAt: nil)
        #expect(difference.isConfirmed(by: entries(Said.failed.codes)))
        for said in Said.allCases where said != .failed { #expect(!difference.isConfirmed(by: entries(said.codes))) }
        #expect(!difference.isConfirmed(by: []))
    }

    @Test("a missing row is confirmed by either outcome, and not by silence")
    func missingIsConfirmed() {
        let difference = Difference(.missingRow, Self.key, rowStatus: nil, code: nil, acceptedAt: nil)
        for said in Self.final { #expect(difference.isConfirmed(by: entries(said.codes))) }
        for said in Self.open { #expect(!difference.isConfirmed(by: entries(said.codes))) }
        #expect(!difference.isConfirmed(by: []))
    }
}
