import Engine
import Reconciliation

/// What an answer to a send says, and which messages of a page of the history are ours.
extension Answer {
    /// - Parameter recipients: that the request named: an answer about more or fewer cannot be told apart.
    func reply(recipients: Int) -> SendReply {
        do throws(QuestionFailure) {
            let envelope = try judged()
            guard envelope.serviceCode?.meaning == .success, let answer = SendAnswer(body: response.body),
                answer.recipients.count == recipients
            else { return .unknown("the answer is not about the recipients of the request") }
            return .answered(answer.recipients)
        } catch {
            guard error.kind == .rejected, let service = generation.envelope(in: response.body)?.serviceCode else {
                return SendReply(error)
            }
            switch service.meaning {
            case .duplicate: return .duplicate
            // Nobody knows what such a code says of the messages.
            case .unknown, nil: return .unknown(error.detail)
            default: return SendReply(error)
            }
        }
    }

    /// Read a second time: only a look for lost sends wants the references.
    func sentPage() throws(QuestionFailure) -> SentPage {
        let page = try page()
        var keys: [SendReference: MessageKey] = [:]
        let list = JSONDocument(response.body)?.root.member("data")?.member("data")?.member("messages")?.elements
        for entry in list ?? [] {
            guard let reference = entry.member("ref")?.text.flatMap({ SendReference($0) }),
                let key = entry.member("msgKey")?.text, MessageKey(key).canBeAsked
            else { continue }
            keys[reference] = MessageKey(key)
        }
        return SentPage(keys: keys, cursor: page.cursor, hasNext: page.hasNext)
    }
}

extension SendReply {
    /// A plain no is one: nothing was accepted by this request. Anything else says nothing of that.
    init(_ failure: QuestionFailure) {
        switch failure.kind {
        case .refused, .rejected, .lapsed: self = .refused(failure.detail)
        case .rateLimited(let pause): self = .notNow(failure.detail, retryAfter: pause)
        case .unreachable, .nonsense: self = .unknown(failure.detail)
        }
    }
}
