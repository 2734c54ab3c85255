# Paths refer to others in the file, with certbot's %(key)s.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
file=/etc/letsencrypt/renewal/example.com.conf
sed -i 's,= /etc/letsencrypt/,= %(base)s/,; s,/var/www/html,%(www)s,' $file
sed -i '1i base = /etc/letsencrypt\nwww = /var/www/%(directory)s\ndirectory = html' $file
