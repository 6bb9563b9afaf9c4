import Reconciliation
import Testing

@Suite("SHA-256, HMAC and base 64")
struct SHA256Tests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test(
        "SHA-256 agrees with FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func sha256(text: String, expected: String) {
        #expect(hex(SHA256.hash(Array(text.utf8))) == expected)
    }

    @Test("SHA-256 of a million a's, whatever the block borders")
    func sha256Long() {
        let expected = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        #expect(hex(SHA256.hash(Array("test".utf8))) == expected)
        let long = "2816597888e4a0d3a36b82b83316ab32680eb8f00f8cd3b904d681246d285a0e"
        #expect(hex(SHA256.hash(Array(repeating: UInt8(ascii: "a"), count: 100))) == long)
    }

    @Test("HMAC agrees with RFC 4231, cases 1, 2 and 6")
    func hmac() {
        #expect(
            hex(SHA256.hmac(key: Array(repeating: 0x0B, count: 20), message: Array("Hi There".utf8)))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            hex(SHA256.hmac(key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let long = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        #expect(
            hex(SHA256.hmac(key: Array(repeating: 0xAA, count: 131), message: long))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test(
        "Base 64 agrees with RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(text: String, expected: String) {
        #expect(Base64.encode(Array(text.utf8)) == expected)
    }

    @Test("HMAC agrees with RFC 4231, cases 3, 4 and 7")
    func moreHMAC() {
        #expect(
            hex(SHA256.hmac(key: Array(repeating: 0xAA, count: 20), message: Array(repeating: 0xDD, count: 50)))
                == "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")
        #expect(
            hex(SHA256.hmac(key: Array(1...25), message: Array(repeating: 0xCD, count: 50)))
                == "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b")
        let text =
            "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be"
            + " hashed before being used by the HMAC algorithm."
        #expect(
            hex(SHA256.hmac(key: Array(repeating: 0xAA, count: 131), message: Array(text.utf8)))
                == "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2")
    }

    @Test("Bytes are equal or not, at every place")
    func equality() {
        let bytes: [UInt8] = Array(0..<32)
        #expect(SHA256.isEqual(bytes, bytes))
        #expect(SHA256.isEqual([], []))
        #expect(!SHA256.isEqual(bytes, []))
        #expect(!SHA256.isEqual(bytes, Array(bytes.dropLast())))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(!SHA256.isEqual(bytes, other))
        }
    }
}
