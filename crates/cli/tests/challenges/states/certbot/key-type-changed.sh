# The next certificate will have a key of another type.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com --key-type rsa
sed -i 's/^key_type = .*/key_type = ecdsa/' /etc/letsencrypt/renewal/example.com.conf
enable tls
