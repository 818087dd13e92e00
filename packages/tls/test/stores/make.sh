#!/bin/sh
# Makes the stores that the tests read, but for those of PEM with a key, which the tests write: as openssl and Java's keytool write them. Their certificates end in a hundred years.
set -e
cd "$(dirname "$0")"
days=36500
authority() { # name subject
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days $days -subj "$2" -keyout "$1.key" -out "$1.pem" 2>/dev/null
}
certificate() { # name algorithm subject issuer [extension]
  openssl req -newkey $2 -nodes -subj "$3" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  printf '%s\n' "$5" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$4.pem" -CAkey "$4.key" -CAcreateserial -days $days -extfile "$1.ext" -out "$1.pem" 2>/dev/null
}
authority root '/CN=Root'
certificate intermediate 'ec -pkeyopt ec_paramgen_curve:P-256' '/CN=Intermediate' root 'basicConstraints=critical,CA:TRUE'
certificate server-rsa 'rsa:2048' '/CN=server' intermediate 'subjectAltName=IP:127.0.0.1,DNS:localhost'
certificate server-ec 'ec -pkeyopt ec_paramgen_curve:P-256' '/CN=server' intermediate 'subjectAltName=IP:127.0.0.1,DNS:localhost'
cat intermediate.pem root.pem > chain.tmp

# Key stores
openssl pkcs12 -export -inkey server-rsa.key -in server-rsa.pem -certfile chain.tmp -passout pass:secret -out openssl-rsa.p12
openssl pkcs12 -export -inkey server-ec.key -in server-ec.pem -certfile chain.tmp -passout pass:secret -out openssl-ec.p12
openssl pkcs12 -export -inkey server-ec.key -in server-ec.pem -certfile chain.tmp -passout pass:geheimnisträger -out openssl-utf8-password.p12
openssl pkcs12 -export -legacy -inkey server-rsa.key -in server-rsa.pem -certfile chain.tmp -passout pass:secret -out openssl-legacy.p12
openssl pkcs12 -export -inkey server-ec.key -in server-ec.pem -passout pass: -out openssl-no-password.p12
keytool -importkeystore -srckeystore openssl-ec.p12 -srcstoretype PKCS12 -srcstorepass secret -destkeystore keytool-ec.p12 -deststoretype PKCS12 -deststorepass secret -noprompt 2>/dev/null

# Trust stores
keytool -importcert -noprompt -storetype PKCS12 -keystore keytool-trust.p12 -storepass secret -alias root -file root.pem 2>/dev/null
keytool -importcert -noprompt -storetype PKCS12 -keystore keytool-trust.p12 -storepass secret -alias intermediate -file intermediate.pem 2>/dev/null
openssl pkcs12 -export -nokeys -in root.pem -passout pass:secret -out openssl-trust.p12
cp openssl-ec.p12 keytool-both.p12
keytool -importcert -noprompt -storetype PKCS12 -keystore keytool-both.p12 -storepass secret -alias trusted -file root.pem 2>/dev/null

# What is refused
keytool -importcert -noprompt -storetype JKS -keystore java.jks -storepass secret -alias root -file root.pem 2>/dev/null

rm -f *.csr *.ext *.srl *.tmp *.key
