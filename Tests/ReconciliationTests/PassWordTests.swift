import Reconciliation
import Testing

/// What a pass says of the provider, by what stayed unanswered.
@Suite struct PassWordTests {
    private func word(
        _ left: QuestionFailure.Kind..., besides: [ProviderState] = [], isWell: Bool = true
    ) -> ProviderState {
        ProviderState(left: left, besides: besides, isWell: isWell)
    }

    @Test("ok where nothing stayed unanswered, however the provider is")
    func answered() {
        #expect(word() == .ok)
        #expect(word(isWell: false) == .ok)
    }

    @Test("a part that stayed unanswered is told by its kind")
    func part() {
        #expect(word(.unreachable) == .unavailable)
        #expect(word(.refused) == .refused)
        #expect(word(.rateLimited(retryAfter: nil)) == .rateLimited)
    }

    @Test("what people can mend comes first")
    func order() {
        #expect(word(.rateLimited(retryAfter: nil), .unreachable, .refused) == .refused)
        #expect(word(.rateLimited(retryAfter: nil), .unreachable) == .unavailable)
    }

    @Test("a no, or an unreadable answer, is its message's where the provider answers others, and else is not")
    func own() {
        #expect(word(.rejected, .nonsense) == .ok)
        #expect(word(.rejected, isWell: false) == .unavailable)
        #expect(word(.nonsense, isWell: false) == .unavailable)
    }

    @Test("what could not be done besides counts")
    func besides() {
        #expect(word(besides: [.refused]) == .refused)
        #expect(word(.unreachable, besides: [.rateLimited]) == .unavailable)
    }
}
