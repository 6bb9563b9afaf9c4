import Reconciliation
import Testing

@Suite struct UserInfoTests {
    /// The first is RFC 7617's own.
    @Test(
        "It is decoded and sent by basic authentication",
        arguments: [
            ("Aladdin:open%20sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), ("u:p", "Basic dTpw"), ("u", "Basic dTo="),
            (":p", "Basic OnA="), ("u:a:b%3A%40%25", "Basic dTphOmI6QCU="), ("%ed%95%9c:%C2%A3", "Basic 7ZWcOsKj"),
            ("u%40h:+", "Basic dUBoOis="),
        ])
    func itIsDecodedAndSentByBasicAuthentication(text: String, header: String) throws {
        #expect(try UserInfo(text[...]).authorization == header)
    }

    @Test(
        "What cannot be sent is none",
        arguments: [
            ("", UserInfo.Flaw.empty), (":", .empty), ("u%", .percent), ("u%4", .percent), ("u:%zz", .percent),
            ("u%3Av:p", .character), ("u:%0d%0aX", .character), ("%00", .character), ("u:%7F", .character),
        ])
    func whatCannotBeSentIsNone(text: String, flaw: UserInfo.Flaw) {
        #expect(throws: flaw) { try UserInfo(text[...]) }
    }

    @Test(
        "It is taken out of an address",
        arguments: [
            ("https://u:p@h.example:1/a?b@c", "https://h.example:1/a?b@c", true),
            ("https://u@[::1]", "https://[::1]", true),
            ("https://h/a@b", "https://h/a@b", false), ("https://h?x=a@b", "https://h?x=a@b", false),
            ("https://a@b:c@h/", "https://h/", true), ("https://@h/", "https://@h/", false), ("h@i", "h@i", false),
        ])
    func itIsTakenOutOfAnAddress(address: String, rest: String, hasSome: Bool) {
        let parts = UserInfo.split(address)
        #expect(parts.address == rest)
        #expect((parts.userInfo != nil) == hasSome)
    }

    @Test("It is not shown")
    func itIsNotShown() throws {
        let userInfo = try UserInfo("user:hunter2"[...])
        var dumped = ""
        dump(userInfo, to: &dumped)
        for text in ["\(userInfo)", String(reflecting: userInfo), dumped] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("Basic"))
        }
    }
}
