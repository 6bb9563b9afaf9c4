import Engine
package import Reconciliation

extension SendAnswer {
    /// Reads what the provider answered to a send, of either generation: the whole body, or the part of it that an
    /// application kept. The `msgKey` is an entry's of `destinations`, or stands in `data` or at the top level.
    /// - Returns: nil for what is no such answer: no JSON object, or one with neither keys nor codes.
    package init?(body: [UInt8]) {
        guard let root = JSONDocument.object(in: JSONDocument.withoutByteOrderMark(body)) else { return nil }
        // {"common":{"authCode"},"data":{"code","data":{"destinations":[…]}}}; without `common` one layer less.
        let layers = [root, root.member("data"), root.member("data")?.member("data")].compactMap(\.self)
        let service = layers.compactMap { $0.member("code")?.text }.first
        let gateway = root.member("common")?.member("authCode")?.text
        let code = service ?? gateway
        if let list = layers.compactMap({ $0.member("destinations")?.elements }).first {
            let recipients = list.map { Recipient($0, else: code) }
            guard recipients.allSatisfy({ $0 != nil }) else { return nil }
            self.init(recipients: recipients.compactMap(\.self))
        } else if let key = layers.compactMap({ MessageKey(sent: $0) }).first {
            self.init(recipients: [Recipient(code: Self.harmless(code ?? Recipient.accepted), key: key)])
        } else if code != nil {
            self.init(recipients: [])
        } else {
            return nil
        }
        refusal = Self.refusal(gateway, .gateway) ?? Self.refusal(service, .service)
        // The layers say success, and nothing of anybody.
        if recipients.isEmpty, refusal == nil { return nil }
    }

    private static func refusal(_ code: String?, _ layer: EnvelopeLayer) -> String? {
        guard let code, code != ServiceCode.success else { return nil }
        return ServiceCode(layer: layer, text: code).description
    }

    /// A code as it is, anything else in words: it is foreign text, and is shown.
    fileprivate static func harmless(_ code: String) -> String {
        let isCode =
            (2...6).contains(code.utf8.count) && code.utf8.first.map { (0x41...0x5a).contains($0) } == true
            && code.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
        return isCode ? code : "no code"
    }
}

extension SendAnswer.Recipient {
    /// Nil for what is no entry of an answer. Of one that names neither code nor key nothing is known.
    fileprivate init?(_ entry: JSONNode, else code: String?) {
        guard entry.isObject else { return nil }
        let key = MessageKey(sent: entry)
        guard let code = entry.member("code")?.text ?? code ?? key.map({ _ in Self.accepted }) else { return nil }
        self.init(code: SendAnswer.harmless(code), key: key)
    }
}

extension MessageKey {
    private static let longest = 200

    /// `msgKey`, or `msg_key` where an application wrote down its SDK's result. Nil for what can be no key.
    fileprivate init?(sent node: JSONNode) {
        guard let text = (node.member("msgKey") ?? node.member("msg_key"))?.text, text.utf8.count <= Self.longest,
            MessageKey(text).canBeAsked, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { return nil }
        self.init(text)
    }
}
