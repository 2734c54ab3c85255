# A script puts the token there.
# renewal: works
# nginx: has the new certificate
# says:
cat >/usr/local/bin/put-token <<'END'
#!/bin/sh
mkdir -p /var/www/html/.well-known/acme-challenge
printf %s "$CERTBOT_VALIDATION" >/var/www/html/.well-known/acme-challenge/"$CERTBOT_TOKEN"
END
chmod +x /usr/local/bin/put-token
certbot certonly --manual --manual-auth-hook put-token --domain example.com
enable tls
