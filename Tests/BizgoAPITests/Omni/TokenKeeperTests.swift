import Engine
import Reconciliation
import Testing

@testable import BizgoAPI

/// The token's states, with virtual time: events in, answers compared.
struct TokenKeeperTests {
    private var keeper = TokenKeeper()

    private func grant(_ text: String, usefulFor: Duration = .seconds(86_000)) -> TokenGrant {
        TokenGrant(authorization: Authorization(text), usefulFor: usefulFor)
    }

    @Test mutating func aTokenIsUsedUntilItExpiresAndNoLonger() {
        #expect(keeper.access(at: .zero) == .lacking)
        #expect(keeper.authorization(at: .zero) == nil)
        keeper.granted(grant("A", usefulFor: .seconds(100)), at: .seconds(10))
        #expect(keeper.access(at: .seconds(10)) == .granted)
        #expect(keeper.authorization(at: .milliseconds(109_999)) == Authorization("A"))
        #expect(keeper.access(at: .seconds(110)) == .lacking)
        #expect(keeper.authorization(at: .seconds(110)) == nil)
    }

    @Test mutating func aRefusedTokenIsRenewedOnceForAllThatWereUnderWayWithIt() {
        keeper.granted(grant("A"), at: .zero)
        #expect(keeper.refused(Authorization("A"), at: .seconds(1)) == .lapsed)
        #expect(keeper.access(at: .seconds(1)) == .lacking)
        #expect(keeper.refused(Authorization("A"), at: .seconds(1)) == .lapsed)
        keeper.granted(grant("B"), at: .seconds(2))
        #expect(keeper.refused(Authorization("A"), at: .seconds(3)) == .lapsed)
        #expect(keeper.authorization(at: .seconds(3)) == Authorization("B"))
    }

    @Test mutating func aRenewedTokenThatIsRefusedIsRenewedOnceAMinute() {
        keeper.granted(grant("A"), at: .zero)
        #expect(keeper.refused(Authorization("A"), at: .seconds(5)) == .lapsed)
        keeper.granted(grant("B"), at: .seconds(6))
        for second in [6, 7, 30, 65] {
            #expect(keeper.refused(Authorization("B"), at: .seconds(second)) == .final)
            #expect(keeper.access(at: .seconds(second)) == .granted)
        }
        #expect(keeper.refused(Authorization("B"), at: .seconds(66)) == .lapsed)
        keeper.granted(grant("C"), at: .seconds(66))
        #expect(keeper.refused(Authorization("C"), at: .seconds(67)) == .final)
    }

    @Test mutating func aFailedRenewalIsStillOne() {
        keeper.granted(grant("A"), at: .zero)
        #expect(keeper.refused(Authorization("A"), at: .seconds(5)) == .lapsed)
        keeper.failed(.unreachable, at: .seconds(6))
        keeper.granted(grant("B"), at: .seconds(30))
        #expect(keeper.refused(Authorization("B"), at: .seconds(31)) == .final)
    }

    @Test mutating func aTokenThatExpiredIsReplacedWithoutCountingAsARenewal() {
        keeper.granted(grant("A", usefulFor: .seconds(10)), at: .zero)
        keeper.granted(grant("B"), at: .seconds(11))
        #expect(keeper.refused(Authorization("B"), at: .seconds(12)) == .lapsed)
    }

    @Test(
        "A token does not print",
        arguments: [
            (QuestionFailure.Kind.unreachable, 15), (.refused, 60), (.lapsed, 60), (.nonsense, 60), (.rejected, 60),
            (.rateLimited(retryAfter: nil), 60), (.rateLimited(retryAfter: .seconds(5)), 60),
            (.rateLimited(retryAfter: .seconds(600)), 600),
        ])
    mutating func afterARequestInVainThereIsAPause(kind: QuestionFailure.Kind, seconds: Int) {
        keeper.failed(kind, at: .seconds(100))
        let end = Duration.seconds(100 + seconds)
        #expect(keeper.access(at: end - .milliseconds(1)) == .withheld(until: end))
        #expect(keeper.authorization(at: .seconds(100)) == nil)
        #expect(keeper.access(at: end) == .lacking)
    }

    @Test mutating func aTokenThatCameAfterAllEndsThePause() {
        keeper.failed(.unreachable, at: .zero)
        keeper.granted(grant("A"), at: .seconds(1))
        #expect(keeper.access(at: .seconds(1)) == .granted)
    }

    @Test("A token does not print")
    func aTokenDoesNotPrint() {
        let authorization = Authorization("Bearer hunter2")
        for text in ["\(authorization)", String(reflecting: authorization), "\(grant("Bearer hunter2"))"] {
            #expect(!text.contains("hunter2"))
        }
        var dumped = ""
        dump(grant("Bearer hunter2"), to: &dumped)
        #expect(!dumped.contains("hunter2"))
    }
}
